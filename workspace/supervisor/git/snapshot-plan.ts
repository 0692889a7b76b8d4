/** What is known about one path of the work tree that differs from the index. */
export interface Candidate {
  /** The path's bytes as latin1. */
  path: string;
  /** `lstat`: size of a regular file; null for links, missing paths and folders. */
  sizeBytes: number | null;
  /** `nested`: a folder with a repository of its own that the project does not know as a submodule. */
  kind: 'file' | 'missing' | 'nested' | 'submodule';
}

export interface SnapshotPlan {
  /** Paths to bring into the index (or to remove, when they are gone). */
  take: string[];
  warnings: string[];
}

const maxNamed = 20;

/** Which changes of the work tree belong into a snapshot; what is left out is named. */
export function planSnapshot(candidates: readonly Candidate[], maxFileBytes: number): SnapshotPlan {
  const oversize = candidates.filter(({ kind, sizeBytes }) => kind === 'file' && (sizeBytes ?? 0) > maxFileBytes);
  const nested = candidates.filter(({ kind }) => kind === 'nested');
  const out = new Set([...oversize, ...nested]);
  return {
    take: candidates.filter((candidate) => !out.has(candidate)).map(({ path }) => path),
    warnings: [
      ...named(oversize, (path) => `${path} is larger than ${maxFileBytes} bytes and was left out`),
      ...named(nested, (path) => `${path} is a repository of its own and was left out`),
    ],
  };
}

function named(found: readonly Candidate[], say: (path: string) => string): string[] {
  const lines = found.slice(0, maxNamed).map(({ path }) => say(Buffer.from(path, 'latin1').toString('utf8')));
  if (found.length > maxNamed) lines.push(`… and ${found.length - maxNamed} more like it`);
  return lines;
}

export interface AgentHistory {
  /** HEAD of the agent's repository; null when it is gone or broken. */
  head: string | null;
  descends: boolean;
  /** Its commits since the checkout hold files above the limit. */
  oversize: boolean;
  mergeHalfDone: boolean;
}

/** On which commit the snapshot stands: the agent's own where it can be kept, else the one that was checked out. */
export function chooseParent(history: AgentHistory, checkoutCommit: string): { parent: string; warnings: string[] } {
  const warnings = history.mergeHalfDone ? ['the agent left a merge half done: look for conflict markers'] : [];
  if (history.head === null) {
    return {
      parent: checkoutCommit,
      warnings: [...warnings, 'the repository in the workspace is gone or broken: the work tree is compared with the base commit'],
    };
  }
  if (!history.descends) {
    return { parent: checkoutCommit, warnings: [...warnings, 'the agent rewrote history: its own commits are folded into one change'] };
  }
  if (history.oversize) {
    return {
      parent: checkoutCommit,
      warnings: [...warnings, 'commits of the agent hold files over the limit: they are folded into one change'],
    };
  }
  return { parent: history.head, warnings };
}
