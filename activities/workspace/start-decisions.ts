import { DomainError } from '../../workflows/contracts/errors.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import type { ExecutorSpec } from '../../workflows/contracts/supervisor.ts';

/** A save of an unfinished turn, as the workspace's row keeps it. */
export interface SavedWork {
  commit: string;
  bundleArtifactId: string;
  sessionArtifactId: string | null;
  threadId: string | null;
}

/** What is known of an earlier attempt of the same run. */
export interface EarlierAttempt {
  attempt: number;
  baseCommit: string;
  save: SavedWork | null;
}

export interface Session {
  artifactId: string;
  threadId: string;
}

/** Where an attempt starts: the base branch, a checkpoint, or the last save of an attempt that lost its place. */
export interface StartPoint {
  kind: 'base' | 'checkpoint' | 'save';
  /** Bundle for `prepareRun`; null for the base branch. */
  from: { bundleArtifactId: string; commit: string; baseCommit: string } | null;
  session: Session | null;
}

/** Chooses the start point: the latest save of the earlier attempts, else the run's checkpoint, else the base branch. */
export function chooseStart(run: Pick<RunInput, 'from'>, attempt: number, earlier: EarlierAttempt[]): StartPoint {
  const checkpoint = run.from;
  const checkpointSession = sessionOf(checkpoint);
  const saved = earlier
    .filter((row) => row.attempt < attempt && row.save !== null)
    .sort((a, b) => b.attempt - a.attempt)
    .at(0);
  if (saved?.save) {
    const { commit, bundleArtifactId } = saved.save;
    return {
      kind: 'save',
      from: { commit, bundleArtifactId, baseCommit: saved.baseCommit },
      session: sessionOf(saved.save) ?? checkpointSession,
    };
  }
  if (!checkpoint) return { kind: 'base', from: null, session: null };
  const { commit, bundleArtifactId, baseCommit } = checkpoint;
  return { kind: 'checkpoint', from: { commit, bundleArtifactId, baseCommit }, session: checkpointSession };
}

function sessionOf(source: { sessionArtifactId: string | null; threadId: string | null } | null): Session | null {
  if (!source?.sessionArtifactId || !source.threadId) return null;
  return { artifactId: source.sessionArtifactId, threadId: source.threadId };
}

/** A workspace that waits for a follow-up. */
export interface IdleWorkspace {
  workspaceId: string;
  hostId: string;
  requestId: string | null;
  createdAtMs: number;
}

/**
 * Idle workspaces that this attempt may take over, best first: only on the first attempt of a run that goes on from a
 * checkpoint, only those of the same request on this host.
 */
export function reusable(run: RunInput, attempt: number, hostId: string, idle: IdleWorkspace[]): IdleWorkspace[] {
  if (attempt > 1 || run.from === null) return [];
  return idle
    .filter((workspace) => workspace.hostId === hostId && workspace.requestId === run.request.requestId)
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
}

/** Whether a run that begins anew may take a warm workspace: unless an earlier try of its start has a place already. */
export function mayTakeWarm(run: Pick<RunInput, 'runId'>, places: readonly { runId: string | null; state: string }[]): boolean {
  return !places.some(({ runId, state }) => runId === run.runId && state !== 'ended');
}

/** The executor by its name; DomainError `unknown-executor` lists the known ones. */
export function executorSpec(name: string, command: string | null): ExecutorSpec {
  if (name === 'codex') return { name };
  if (name === 'command' && command !== null) return { name, command };
  const reason = name === 'command' ? 'EXECUTOR_COMMAND is not set on this host' : `there is no executor ${JSON.stringify(name)}`;
  throw new DomainError('permanent', 'unknown-executor', `starting the agent: ${reason}; use codex, or command with EXECUTOR_COMMAND`);
}
