import type { GitService } from '../../workspace/gateway/git/port.ts';

type Method = Exclude<keyof GitService, 'projectFile'>;
type Call = { method: Method; input: unknown };

/** A git service that remembers its calls and answers from what a test sets. */
export class FakeGit implements GitService {
  readonly calls: Call[] = [];
  /** `.astraforge.yml` of the base branch. */
  projectFileText: string | null = null;
  baseCommit = 'b'.repeat(40);
  files: Record<string, string> = {};
  /** What decides what a setup makes. */
  setupDigest: string | null = null;
  /** Thrown by the next call of a method, once. */
  failNext: Partial<Record<Method, Error>> = {};

  inputs<M extends Method>(method: M): Parameters<GitService[M]>[0][] {
    return this.calls.filter((call) => call.method === method).map((call) => call.input as Parameters<GitService[M]>[0]);
  }

  async inspect(source: Parameters<GitService['inspect']>[0]) {
    this.note('inspect', source);
    return { defaultBranch: 'main', branches: ['main'] };
  }

  async branchTip(input: Parameters<GitService['branchTip']>[0]) {
    this.note('branchTip', input);
    const { baseCommit, projectFileText: projectFile } = this;
    return { baseCommit, projectFile };
  }

  async prepareRun(input: Parameters<GitService['prepareRun']>[0]) {
    this.note('prepareRun', input);
    const { baseCommit, projectFileText: projectFile } = this;
    return {
      baseCommit: input.from?.baseCommit ?? baseCommit,
      startCommit: input.from?.commit ?? baseCommit,
      ref: 'refs/heads/astraforge/start',
      projectFile,
    };
  }

  async setupInputs(input: Parameters<GitService['setupInputs']>[0]) {
    this.note('setupInputs', input);
    return this.setupDigest;
  }

  async finalise(input: Parameters<GitService['finalise']>[0]) {
    this.note('finalise', input);
    const commit = `f${input.tipCommit.slice(1)}`;
    const stat = { files: 1, insertions: 2, deletions: 3 };
    return {
      commit,
      baseCommit: input.baseCommit,
      unchanged: input.tipCommit === input.baseCommit,
      stat,
      bundleArtifactId: `bundle-${commit}`,
    };
  }

  async save(input: Parameters<GitService['save']>[0]) {
    this.note('save', input);
    return { bundleArtifactId: `bundle-${input.commit}` };
  }

  async diff(input: Parameters<GitService['diff']>[0]) {
    this.note('diff', input);
    return { baseCommit: input.baseCommit, commit: input.commit, stat: { files: 0, insertions: 0, deletions: 0 }, files: [] };
  }

  async patch(input: Parameters<GitService['patch']>[0]) {
    this.note('patch', input);
    return '';
  }

  async file(input: Parameters<GitService['file']>[0]) {
    this.note('file', input);
    const text = input.path === '.astraforge.yml' ? this.projectFileText : (this.files[input.path] ?? null);
    return text === null ? null : new TextEncoder().encode(text);
  }

  async paths(input: Parameters<GitService['paths']>[0]) {
    this.note('paths', input);
    return { items: Object.keys(this.files).slice(0, input.limit), more: false };
  }

  async publish(input: Parameters<GitService['publish']>[0]) {
    this.note('publish', input);
    return { commit: input.commit };
  }

  async mergeLocal(input: Parameters<GitService['mergeLocal']>[0]) {
    this.note('mergeLocal', input);
    return { mergeCommit: 'd'.repeat(40) };
  }

  async dropRun(runId: string) {
    this.note('dropRun', runId);
  }

  private note(method: Method, input: unknown): void {
    this.calls.push({ method, input });
    const failure = this.failNext[method];
    if (!failure) return;
    delete this.failNext[method];
    throw failure;
  }
}
