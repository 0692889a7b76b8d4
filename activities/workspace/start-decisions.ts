import { DomainError } from '../../workflows/contracts/errors.ts';
import { unfinishedReasons, type RunInput } from '../../workflows/contracts/run.ts';
import type { ExecutorSpec } from '../../workflows/contracts/supervisor.ts';

/** A save of an unfinished turn, as the workspace's row keeps it. */
export interface SavedWork {
  commit: string;
  bundleArtifactId: string;
  sessionArtifactId: string | null;
  threadId: string | null;
}

/** What is known of an earlier attempt, of this run or of one before it. */
export interface EarlierAttempt {
  runId: string | null;
  attempt: number;
  baseCommit: string;
  save: SavedWork | null;
}

export interface Session {
  artifactId: string;
  threadId: string;
}

/** Where an attempt starts: the base branch, a checkpoint, or the last save of an attempt that did not get to its end. */
export interface StartPoint {
  kind: 'base' | 'checkpoint' | 'save';
  /** Bundle for `prepareRun`; null for the base branch. */
  from: { bundleArtifactId: string; commit: string; baseCommit: string } | null;
  session: Session | null;
}

/** A run of the same request, as the database holds it. */
export interface EarlierRun {
  runId: string;
  ordinal: number;
  purpose: string;
  status: string;
  reason: string | null;
  checkpoint: unknown;
}

/** A run that ended before its work did, and why. */
export interface UnfinishedRun {
  runId: string;
  reason: string | null;
}

/**
 * The runs right before this one that ended for want of a place or of time, one after the other, newest first: what they did since the
 * checkpoint from which this one starts too is in their last saves.
 */
export function unfinishedBefore(run: Pick<RunInput, 'ordinal' | 'purpose'>, runs: readonly EarlierRun[]): UnfinishedRun[] {
  const before = runs.filter((earlier) => earlier.ordinal < run.ordinal).sort((a, b) => b.ordinal - a.ordinal);
  const finished = before.findIndex((earlier) => !isUnfinished(earlier) || earlier.purpose !== run.purpose);
  return (finished === -1 ? before : before.slice(0, finished)).map(({ runId, reason }) => ({ runId, reason }));
}

function isUnfinished({ status, reason, checkpoint }: EarlierRun): boolean {
  return status === 'failed' && checkpoint === null && unfinishedReasons.some((unfinished) => unfinished === reason);
}

/**
 * Chooses the start point: the latest save of the run's earlier attempts, else of the runs that it follows (`unfinished`, newest first),
 * else the run's checkpoint, else the base branch.
 */
export function chooseStart(
  run: Pick<RunInput, 'runId' | 'from'>,
  attempt: number,
  earlier: readonly EarlierAttempt[],
  unfinished: readonly UnfinishedRun[] = [],
): StartPoint {
  const checkpoint = run.from;
  const checkpointSession = sessionOf(checkpoint);
  const own = attemptsOf(run.runId, earlier).filter((row) => row.attempt < attempt);
  const saved = own.find((row) => row.save !== null) ?? savedBefore(earlier, unfinished);
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

/**
 * The newest save of the runs before. None where one of them resumed it and fell silent or took its supervisor along, without another
 * save: the next one would fare no better.
 */
function savedBefore(earlier: readonly EarlierAttempt[], unfinished: readonly UnfinishedRun[]): EarlierAttempt | null {
  for (const { runId, reason } of unfinished) {
    const saved = attemptsOf(runId, earlier).find((row) => row.save !== null);
    if (saved) return saved;
    if (reason === 'supervisor-gone' || reason === 'inactivity') return null;
  }
  return null;
}

/** Newest first. */
function attemptsOf(runId: string, attempts: readonly EarlierAttempt[]): EarlierAttempt[] {
  return attempts.filter((row) => row.runId === runId).sort((a, b) => b.attempt - a.attempt);
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
 * checkpoint, where the agent in there left off, only those of the same request on this host.
 */
export function reusable(
  { requestId, attempt, point }: { requestId: string; attempt: number; point: Pick<StartPoint, 'kind'> },
  hostId: string,
  idle: IdleWorkspace[],
): IdleWorkspace[] {
  if (attempt > 1 || point.kind !== 'checkpoint') return [];
  return idle
    .filter((workspace) => workspace.hostId === hostId && workspace.requestId === requestId)
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
