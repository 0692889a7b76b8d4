import type { CommitIdentity } from './port.ts';

/** How the supervisor begins the message of a commit that it made from the work tree. */
export const snapshotPrefix = 'astraforge: work tree';

/** More commits than this in one turn (a merged history, say) become one. */
export const maxKeptCommits = 500;

/** A commit as the workspace pushed it. */
export interface RawCommit {
  id: string;
  tree: string;
  parents: string[];
  authorDate: string;
  /** Address and seconds of the committer. */
  committer: string;
  message: string;
}

/** The format for `git log -z` that `parseLog` reads. */
export const logFormat = '%H%x00%T%x00%P%x00%ad%x00%ce %ct%x00%B';

/** Parses `git log -z --date=raw --format=<logFormat>`. */
export function parseLog(output: string): RawCommit[] {
  const fields = output.split('\0');
  const commits: RawCommit[] = [];
  for (let index = 0; index + 5 < fields.length; index += 6) {
    const [id = '', tree = '', parents = '', authorDate = '', committer = '', message = ''] = fields.slice(index, index + 6);
    commits.push({ id, tree, parents: parents.split(' ').filter(Boolean), authorDate, committer, message });
  }
  return commits;
}

/** A commit to make. Parents are ids of the workspace's commits (`of`) or of commits that stay as they are. */
export interface PlannedCommit {
  of: string;
  tree: string;
  parents: string[];
  authorDate: string;
  message: string;
}

/** `replaces` maps a commit that is left out to the one that stands for it. `tip` is in `commits`, in `replaces`, or kept. */
export interface CommitPlan {
  commits: PlannedCommit[];
  replaces: Map<string, string>;
}

export interface PlanInput {
  /** Parents first; the last is the tip. */
  commits: RawCommit[];
  baseCommit: string;
  /** Trees of the tip's parents where they are not among `commits`. */
  outerTrees?: ReadonlyMap<string, string>;
  /** The message of the supervisor's own commit, and of a history that is made one commit. */
  message: string;
  atMs: number;
}

/**
 * Decides what becomes of the workspace's commits. The agent's own stay one by one; the supervisor's snapshot at the tip gets
 * the given message; earlier snapshots (saves that a later attempt resumed) melt into what follows them.
 */
export function planCommits(input: PlanInput): CommitPlan {
  const replaces = new Map<string, string>();
  const planned: PlannedCommit[] = [];
  const trees = new Map([...(input.outerTrees ?? []), ...input.commits.map((commit) => [commit.id, commit.tree] as const)]);
  for (const [index, commit] of input.commits.entries()) {
    const isTip = index === input.commits.length - 1;
    const parent = commit.parents[0];
    const isSnapshot = commit.message.startsWith(snapshotPrefix);
    const addsNothing = parent !== undefined && trees.get(parent) === commit.tree;
    if (isSnapshot && parent !== undefined && commit.parents.length === 1 && (!isTip || addsNothing)) {
      replaces.set(commit.id, parent);
      continue;
    }
    planned.push({
      of: commit.id,
      tree: commit.tree,
      parents: commit.parents,
      authorDate: authorDate(commit.authorDate, input.atMs),
      message: isSnapshot ? input.message : commit.message,
    });
  }
  return { commits: planned, replaces };
}

/** One commit with the tip's tree on the base: for a history that does not stand on the base, or is too long to keep. */
export function planSingle(input: PlanInput & { tip: RawCommit }): CommitPlan {
  const commit = {
    of: input.tip.id,
    tree: input.tip.tree,
    parents: [input.baseCommit],
    authorDate: gitDate(input.atMs),
    message: input.message,
  };
  return { commits: [commit], replaces: new Map() };
}

/** A date as git takes it, in UTC. */
export function gitDate(atMs: number): string {
  return `${Math.floor(atMs / 1000)} +0000`;
}

/** The workspace's clock is not ours: a date that git would refuse becomes the turn's. */
function authorDate(raw: string, atMs: number): string {
  return /^\d{1,11} [+-](0\d|1[0-4])[0-5]\d$/.test(raw) ? raw : gitDate(atMs);
}

/** Trailers of a finalised commit, each once. */
export function trailersOf(identity: CommitIdentity): string[] {
  const people = identity.coAuthors.map((person) => `Co-authored-by: ${signature(person)}`);
  const signOff = identity.signOff ? [`Signed-off-by: ${signature(identity.committer)}`] : [];
  return [...new Set([...people, ...signOff])];
}

/** A name or address as a commit header can hold it. */
export function headerText(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters would end the header
  return text.replaceAll(/[\u0000-\u001f\u007f<>]/g, ' ').trim();
}

function signature(person: { name: string; email: string }): string {
  return `${headerText(person.name)} <${headerText(person.email)}>`;
}
