import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import type { ProjectSecret } from '../../../workflows/contracts/project-secret.ts';
import { refuseSecrets } from '../secrets/refuse-change.ts';
import { storeBundle, verifyBundle, withBundle } from './bundle.ts';
import { createCheckpoints } from './checkpoints.ts';
import type { Checkpoints } from './checkpoints.ts';
import { mergeBase, readDiff, readFileAt, readPatch } from './diff.ts';
import type { PatchRange } from './diff.ts';
import { createPathList } from './path-list.ts';
import { finalise } from './finalise.ts';
import { inspect } from './inspect.ts';
import { mergeLocal } from './merge-local.ts';
import { exclusively, type LockKind, type LocksFolder } from './folder-lock.ts';
import { createMirrors } from './mirror.ts';
import type { DiffRange, GitService, RepositoryKey, RepositorySource } from './port.ts';
import { publish } from './publish.ts';
import { createGit } from './run-git.ts';
import type { GitCommandReport } from './run-git.ts';
import { dropRun, openRun, prepareRun, readBranchTip } from './run-repository.ts';
import type { RunRepositoryDeps } from './run-repository.ts';
import { readSetupInputs } from './setup-inputs.ts';

export interface GitServiceDeps {
  /** Caches; their content may be deleted at any time. Made when missing. */
  mirrorsDir: string;
  /** Bare repositories of the runs: `runRepositoryPath(runsDir, runId)`. */
  runsDir: string;
  /** By which gateways that share those two folders take turns; by default this one shares them with nobody. */
  locksDir?: string;
  artifacts: ArtifactStore;
  /** The source of a project (its row): to refill a deleted mirror. Null when the project is gone. */
  resolveSource(key: RepositoryKey): Promise<RepositorySource | null>;
  /** Values that no change of the project may hold; by default it has none. */
  secretsOf?: (key: RepositoryKey) => Promise<readonly ProjectSecret[]>;
  /** Every command that people may want to see, redacted, when it ended. */
  onCommand?: (report: GitCommandReport) => void;
  /** Whether sources may be paths of this machine; default true. */
  allowPaths?: boolean;
  /** PATH for git and ssh-keygen; a usual one by default. */
  searchPath?: string;
  /** Default 10 minutes. */
  fetchTimeoutMs?: number;
}

/** The git rooms over real git. Calls about one run are taken in turn. */
export function createGitService(deps: GitServiceDeps): GitService {
  const git = createGit({ searchPath: deps.searchPath, onCommand: deps.onCommand });
  const allowPaths = deps.allowPaths ?? true;
  const locksDir = deps.locksDir ?? null;
  const fetchTimeoutMs = deps.fetchTimeoutMs ?? 600_000;
  const mirrors = createMirrors({ git, mirrorsDir: deps.mirrorsDir, locksDir, allowPaths, fetchTimeoutMs });
  const inTurn = createTurns(locksDir);
  const unguarded = createCheckpoints({
    git,
    mirrors,
    mirrorsDir: deps.mirrorsDir,
    artifacts: deps.artifacts,
    resolveSource: deps.resolveSource,
  });
  // Restoring into one project's checkpoints is taken in turn: two readers of a new one restore it once.
  const ofProject = <T>(key: RepositoryKey, work: () => Promise<T>) =>
    inTurn({ kind: 'project', name: `${key.tenantId} ${key.projectId}` }, work);
  const checkpoints: Checkpoints = {
    ...unguarded,
    at: (locator) => ofProject(locator, () => unguarded.at(locator)),
    prove: (key, bundle) => ofProject(key, () => unguarded.prove(key, bundle)),
  };
  const { at } = checkpoints;
  const guardChange: RunRepositoryDeps['guardChange'] = async ({ tenantId, projectId }, change) => {
    const secrets = (await deps.secretsOf?.({ tenantId, projectId })) ?? [];
    await refuseSecrets(git, { ...change, secrets });
  };
  const runs: RunRepositoryDeps = { git, runsDir: deps.runsDir, mirrors, checkpoints, artifacts: deps.artifacts, guardChange };

  /** Both ends of a comparison, at hand in one repository. */
  async function ends({ against, ...input }: DiffRange): Promise<PatchRange> {
    const gitDir = await at(input);
    const { commit } = input;
    if (!against) return { gitDir, baseCommit: await mergeBase(git, gitDir, input.baseCommit, commit), commit };
    const { tenantId, projectId } = input;
    // The same folder: there is one for each project.
    await at({ tenantId, projectId, ...against });
    return { gitDir, baseCommit: against.commit, commit };
  }

  async function save(input: Parameters<GitService['save']>[0]): Promise<{ bundleArtifactId: string }> {
    const gitDir = await openRun(runs, input);
    const scope = { tenantId: input.tenantId, projectId: input.projectId, runId: input.runId };
    const content = { gitDir, baseCommit: input.baseCommit, commit: input.commit, includeBase: false, scope };
    await guardChange(input, content);
    const bundleArtifactId = await withBundle(git, content, (file) =>
      storeBundle(deps.artifacts, { tenantId: input.tenantId, file, prove: () => verifyBundle(git, gitDir, file) }),
    );
    return { bundleArtifactId };
  }

  return {
    inspect: (source) => inspect(git, source, allowPaths),
    projectFile: async (input) => (await readBranchTip(runs, input)).projectFile,
    branchTip: (input) => readBranchTip(runs, input),
    prepareRun: (input) => inTurn({ kind: 'run', name: input.runId }, () => prepareRun(runs, input)),
    setupInputs: (input) => readSetupInputs(runs, input),
    finalise: (input) => inTurn({ kind: 'run', name: input.runId }, () => finalise(runs, input)),
    save: (input) => inTurn({ kind: 'run', name: input.runId }, () => save(input)),
    diff: async (input) => readDiff(git, await ends(input)),
    patch: async (input) => readPatch(git, await ends(input), input.path),
    file: async ({ path, side, maxBytes, ...locator }) => {
      const { gitDir, baseCommit, commit } = await ends(locator);
      return readFileAt(git, gitDir, { commit: side === 'base' ? baseCommit : commit, path, maxBytes });
    },
    paths: createPathList({ git, mirrors }),
    publish: (input) => publish({ git, checkpoints, allowPaths }, input),
    mergeLocal: (input) =>
      inTurn({ kind: 'merge', name: input.repositoryPath }, () =>
        mergeLocal({ git, mirrorsDir: deps.mirrorsDir, locksDir, allowPaths }, input),
      ),
    dropRun: (runId) => inTurn({ kind: 'run', name: runId, isLast: true }, () => dropRun(runs, runId)),
  };
}

/** Whose work is done one after the other. */
interface Turn {
  kind: LockKind;
  name: string;
  isLast?: boolean;
}

/** Runs the work of one name one after the other, here and among the gateways that share the folder; different names side by side. */
function createTurns(locksDir: LocksFolder): <T>(turn: Turn, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async function inTurn<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    const name = `${turn.kind} ${turn.name}`;
    const alone = () => exclusively(locksDir, turn, work);
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(alone, alone);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(name, settled);
    try {
      return await mine;
    } finally {
      if (last.get(name) === settled) last.delete(name);
    }
  };
}
