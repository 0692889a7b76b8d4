import { afterEach, beforeEach } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DomainError } from '../../../../workflows/contracts/errors.ts';
import { runRepositoryPath } from '../names.ts';
import type { CommitLocator, FinalisedCommit, GitService, PreparedRun, RepositorySource } from '../port.ts';
import type { GitCommandReport } from '../run-git.ts';
import { cloneRepository, makeFolder, makeRepository, memoryArtifacts, testAtMs, testIdentity } from '../testing.ts';
import type { FileChange, TestRepository } from '../testing.ts';

/** What an implementation gets to be made from. */
export interface GitServiceSetup {
  mirrorsDir: string;
  runsDir: string;
  /** Removed at the end; for sockets and the like. */
  folder: string;
  artifacts: ReturnType<typeof memoryArtifacts>;
  resolveSource(): Promise<RepositorySource | null>;
  onCommand(report: GitCommandReport): void;
}

/** Makes the service under test, and ends it. */
export type MakeGitService = (setup: GitServiceSetup) => Promise<{ service: GitService; close(): Promise<void> }>;

/** The project of the contract's tests. */
export const contractKey = { tenantId: 'default', projectId: 'p1' };

type FinaliseInput = Parameters<GitService['finalise']>[0];

/** A fresh service over fresh repositories for each test, and the steps that most tests take. */
export class GitServiceHarness {
  folder = { path: '' };
  commands: GitCommandReport[] = [];
  repositorySource: RepositorySource = { kind: 'git', url: '' };
  private current: { setup: GitServiceSetup; service: GitService; source: TestRepository } | null = null;
  private workspaces = 0;

  constructor(make: MakeGitService) {
    let end: () => Promise<void>;
    beforeEach(async () => {
      end = await this.open(make);
    });
    afterEach(() => end());
  }

  get setup(): GitServiceSetup {
    return this.opened().setup;
  }

  get service(): GitService {
    return this.opened().service;
  }

  get source(): TestRepository {
    return this.opened().source;
  }

  prepare(runId: string, from: Parameters<GitService['prepareRun']>[0]['from'] = null): Promise<PreparedRun> {
    return this.service.prepareRun({ ...contractKey, runId, source: this.repositorySource, baseBranch: 'main', from });
  }

  /** A workspace of the run, as the supervisor clones it. */
  workspaceOf(runId: string): TestRepository {
    this.workspaces += 1;
    return cloneRepository(runRepositoryPath(this.setup.runsDir, runId), join(this.folder.path, `workspace${this.workspaces}`));
  }

  pushTurn(workspace: TestRepository): string {
    workspace.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/astraforge/turn');
    return workspace.head();
  }

  finalise(runId: string, baseCommit: string, tipCommit: string, more: Partial<FinaliseInput> = {}): Promise<FinalisedCommit> {
    const input = { ...contractKey, runId, baseCommit, tipCommit, message: 'Do the thing', identity: testIdentity, atMs: testAtMs };
    return this.service.finalise({ ...input, ...more });
  }

  locatorOf(final: FinalisedCommit): CommitLocator {
    return { ...contractKey, baseCommit: final.baseCommit, commit: final.commit, bundleArtifactId: final.bundleArtifactId ?? '' };
  }

  /** A whole turn: base files, changed files, the finalised commit. */
  async turn(runId: string, base: Record<string, FileChange>, change: Record<string, FileChange>): Promise<FinalisedCommit> {
    this.source.commit('base', base);
    const prepared = await this.prepare(runId);
    const workspace = this.workspaceOf(runId);
    workspace.commit('astraforge: work tree', change);
    return this.finalise(runId, prepared.baseCommit, this.pushTurn(workspace));
  }

  /** The code of the DomainError that the work ends in. */
  async codeOf(work: Promise<unknown>): Promise<string> {
    const error = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error instanceof DomainError) return error.code;
    throw new Error('no DomainError', { cause: error });
  }

  private opened(): NonNullable<typeof this.current> {
    if (!this.current) throw new Error('outside of a test');
    return this.current;
  }

  private async open(make: MakeGitService): Promise<() => Promise<void>> {
    const folder = makeFolder();
    this.folder = folder;
    this.commands = [];
    const source = makeRepository(join(folder.path, 'source'));
    this.repositorySource = { kind: 'git', url: source.path };
    const setup: GitServiceSetup = {
      mirrorsDir: join(folder.path, 'mirrors'),
      runsDir: join(folder.path, 'runs'),
      folder: folder.path,
      artifacts: memoryArtifacts(),
      resolveSource: () => Promise.resolve(this.repositorySource),
      onCommand: (report) => this.commands.push(report),
    };
    const { service, close } = await make(setup);
    this.current = { setup, service, source };
    return async () => {
      await close();
      folder.remove();
    };
  }
}

/** Puts a program at every hook that the other end of a fetch, a push or an update may run. */
export function makeHooks(root: string, hook: { executable: string }, source: TestRepository | null): void {
  const names = [
    'pre-receive',
    'update',
    'post-receive',
    'post-update',
    'reference-transaction',
    'pre-push',
    'post-checkout',
    'proc-receive',
  ];
  for (const hookName of names) {
    const path = join(root, 'hooks', hookName);
    writeHook(path, hook.executable);
    if (source) writeHook(join(source.path, '.git', 'hooks', hookName), hook.executable);
  }
}

function writeHook(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
}
