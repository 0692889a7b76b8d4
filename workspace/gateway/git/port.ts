import type { DiffStat } from '../../../workflows/contracts/request.ts';

/** Where a project's code comes from. `folder` is a directory without git, imported as one commit. */
export interface RepositorySource {
  kind: 'git' | 'folder';
  /** Clone URL, or an absolute path (`file` and plain paths are allowed for the local forge only). */
  url: string;
}

export interface RepositoryKey {
  tenantId: string;
  projectId: string;
}

export interface PreparedRun {
  /** Tip of the base branch in the mirror when the run was prepared. */
  baseCommit: string;
  /** What the workspace checks out: the checkpoint that is continued, the last save of an earlier attempt, or baseCommit. */
  startCommit: string;
  /** Ref of the run repository that holds startCommit. */
  ref: string;
  /** `.astraforge.yml` of the base branch, raw; null when there is none. */
  projectFile: string | null;
  /** What an imported folder leaves out (nested repositories, unreadable files), by name. */
  warnings?: string[];
}

export type BranchTip = Pick<PreparedRun, 'baseCommit' | 'projectFile'>;

/** Identity that a finalised commit carries. */
export interface CommitIdentity {
  author: { name: string; email: string };
  committer: { name: string; email: string };
  coAuthors: { name: string; email: string }[];
  signOff: boolean;
  /** Path of an SSH private key at the gateway; null for unsigned. */
  signingKeyFile: string | null;
}

export interface FinalisedCommit {
  commit: string;
  baseCommit: string;
  /** True when the tree equals the base commit's tree. */
  unchanged: boolean;
  stat: DiffStat;
  bundleArtifactId: string | null;
}

export interface DiffFile {
  path: string;
  /** Former path of a rename or copy. */
  oldPath: string | null;
  status: 'added' | 'deleted' | 'modified' | 'renamed' | 'copied' | 'type-changed';
  oldMode: string;
  newMode: string;
  /** Object id of the content after the change, for telling whether it changed again; null for a deleted file. */
  newBlob: string | null;
  kind: 'text' | 'binary' | 'submodule' | 'symlink' | 'lfs-pointer';
  insertions: number;
  deletions: number;
}

export interface Diff {
  baseCommit: string;
  commit: string;
  stat: DiffStat;
  files: DiffFile[];
}

/**
 * The gateway's git rooms as the control plane sees them (HTTP under a service key; `workspace/gateway/client.ts`).
 * Errors are DomainErrors: `repository-unreachable`, `unknown-branch`, `unknown-commit`, `remote-moved`, `bundle-broken` …
 */
export interface GitService {
  /** Makes sure that the source can be cloned and answers its default branch and heads. */
  inspect(source: RepositorySource): Promise<{ defaultBranch: string; branches: string[] }>;
  /**
   * `.astraforge.yml` of the branch's tip, raw; null when there is none. Brings the mirror up to date on the way. Optional: a
   * submit is checked against it where it is offered, else the run finds out.
   */
  projectFile?(input: RepositoryKey & { source: RepositorySource; branch: string }): Promise<string | null>;
  /** The branch's tip and its `.astraforge.yml`, as a run that began now would find them. Makes no repository. */
  branchTip(input: RepositoryKey & { source: RepositorySource; branch: string }): Promise<BranchTip>;
  /** Fetches the mirror (one fetch shared by its waiters) and makes the run's repository. Idempotent. */
  prepareRun(
    input: RepositoryKey & {
      runId: string;
      source: RepositorySource;
      baseBranch: string;
      /** Bundle to start from instead of the base branch. */
      from: { bundleArtifactId: string; commit: string; baseCommit: string } | null;
    },
  ): Promise<PreparedRun>;
  /**
   * A digest of what decides what the setup makes in a commit of a prepared run (setup/inputs.ts); null where no lock file says it.
   */
  setupInputs(input: RepositoryKey & { runId: string; commit: string; setup: string }): Promise<string | null>;
  /** Re-creates the commits base..tip under the identity and stores the verified bundle. Idempotent for the same input. */
  finalise(
    input: RepositoryKey & {
      runId: string;
      baseCommit: string;
      tipCommit: string;
      message: string;
      identity: CommitIdentity;
      atMs: number;
    },
  ): Promise<FinalisedCommit>;
  /** Stores a bundle of an unfinished turn (`saved` event). */
  save(input: RepositoryKey & { runId: string; baseCommit: string; commit: string }): Promise<{ bundleArtifactId: string }>;
  /** Paths of a branch that fit `query`, the best first (path-completion.ts). The mirror may be a minute old. */
  paths(
    input: RepositoryKey & { source: RepositorySource; branch: string; query: string; limit: number },
  ): Promise<{ items: string[]; more: boolean }>;
  /** merge base...commit. Restores the commit from `bundleArtifactId` where it is not at hand. */
  diff(input: DiffRange): Promise<Diff>;
  /** The same as a patch that `git apply` takes (binary included). `path` limits it to one file. */
  patch(input: DiffRange & { path?: string }): Promise<string>;
  /**
   * Bytes of one file (of a symlink its target) at the commit, or at the merge base with `side: 'base'`; null when there is no
   * such file. DomainError `file-too-large` over `maxBytes`, 64 MiB by default.
   */
  file(input: CommitLocator & { path: string; side?: 'base' | 'head'; maxBytes?: number }): Promise<Uint8Array | null>;
  /** Pushes exactly this commit, leasing against `expected` (null: the branch must not exist). `runId`: in whose log the push stands. */
  publish(input: CommitLocator & { source: RepositorySource; branch: string; expected: string | null; runId?: string }): Promise<{
    commit: string;
  }>;
  /** Merges a branch's exact commit into the target of a local bare repository; answers the merge commit. Idempotent. */
  mergeLocal(input: {
    repositoryPath: string;
    commit: string;
    targetBranch: string;
    message: string;
    identity: CommitIdentity;
    atMs: number;
  }): Promise<{ mergeCommit: string }>;
  /** Removes the run's repository (its checkpoints stay in the artifact store). */
  dropRun(runId: string): Promise<void>;
}

export interface CommitLocator extends RepositoryKey {
  baseCommit: string;
  commit: string;
  bundleArtifactId: string;
}

/** `against`: another commit of the project, compared as it is instead of the merge base. */
export type DiffRange = CommitLocator & { against?: Omit<CommitLocator, keyof RepositoryKey> };
