import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure, Context } from '@temporalio/activity';
import { setDisposition } from '../../db/messages.ts';
import { renewSlot } from '../../db/slots.ts';
import { usageSince } from '../../db/workspace-places.ts';
import { getWorkspace, recordSave, renewWorkspaceLease, type WorkspaceRow } from '../../db/workspaces.ts';
import type { RunLogScope } from '../../db/run-log/port.ts';
import type { WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import { artifactTooLarge, DomainError, messageOf, refusedChangeCodes } from '../../workflows/contracts/errors.ts';
import type { EventData, NewEvent } from '../../workflows/contracts/events.ts';
import { FailureReason, placeLostReasons, type RunInput, type TurnOutcome, type WorkspaceRef } from '../../workflows/contracts/run.ts';
import { isAway } from '../../workspace/away.ts';
import type { Workspace, WorkspaceState } from '../../workspace/port.ts';
import { leaseMs, renewEveryMs, type HostDependencies } from './dependencies.ts';
import { follow } from './follow.ts';
import { stopCause, withHeartbeat } from './heartbeat.ts';
import { readRunEvents } from './read-turn.ts';
import type { WatchHandle } from './watch-registry.ts';
import { lostOutcome, newTurn, outcomeOf, overrun, reduceTurn, saveOf, type TurnState } from './watch-state.ts';

/** How long an interrupted agent may take to end its turn before its workspace is destroyed, ms. */
const interruptGraceMs = 5_000;
/** How long a watcher waits for a save that is being stored, ms. */
const saveGraceMs = 10_000;
/** How long a place that could not be reached is left alone, ms. */
const reachAgainMs = 1_000;
const noUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

type WatchInput = { run: RunInput; workspace: WorkspaceRef; turnMessageId: string };

/** Tails one turn into the run log until it ends, asks, or its place is gone (contracts/activities.ts, `watchTurn`). */
export function createWatchTurn(dependencies: HostDependencies): WorkspaceActivities['watchTurn'] {
  return async (input) => {
    const watch = new TurnWatch(dependencies, input);
    return withHeartbeat(
      () => ({ offset: watch.offset }),
      async () => {
        const outcome = await watch.outcome();
        await watch.tellLoss(outcome);
        return watch.finalised(outcome);
      },
    );
  };
}

/** Why the watcher ends a turn itself. */
type Ending =
  { kind: 'cancelled' } | { kind: 'shutdown' } | { kind: 'replaced' } | { kind: 'overrun'; reason: 'wall-clock' | 'inactivity' };

/** One watching of one turn. Everything it knows it can build again from the run log. */
class TurnWatch {
  offset = 0;
  private readonly deps: HostDependencies;
  private readonly input: WatchInput;
  private readonly scope: RunLogScope;
  private readonly tail = new AbortController();
  private readonly startedAtMs: number;
  private lastProgressMs: number;
  private state: TurnState = newTurn;
  private ending: Ending | null = null;
  private workspace: Workspace | null = null;
  private awaySinceMs: number | null = null;
  private storing: Promise<void> = Promise.resolve();

  constructor(deps: HostDependencies, input: WatchInput) {
    this.deps = deps;
    this.input = input;
    const { tenantId, requestId } = input.run.request;
    this.scope = { tenantId, requestId, runId: input.run.runId, attempt: input.workspace.attempt };
    this.startedAtMs = deps.now();
    this.lastProgressMs = this.startedAtMs;
  }

  async outcome(): Promise<TurnOutcome> {
    const { deps, input } = this;
    let row = await this.resume();
    const known = await this.knownOutcome();
    if (known) {
      await this.settleSaves();
      return known;
    }
    const handle = deps.watches.enter(input.workspace.workspaceId);
    const stop = this.obeyCancellation();
    const duties = this.startDuties();
    try {
      for (;;) {
        const outcome = await this.reach(row, handle);
        if (outcome !== null) return outcome;
        // What was heard of a place before it went away is in the log; of one that stayed away nothing was.
        row = await (this.workspace === null ? this.row() : this.resume());
      }
    } finally {
      stop();
      clearInterval(duties);
      await this.settleSaves();
      handle.leave();
    }
  }

  /** Watches the place to the turn's end; null when it cannot be reached for now, and may be tried again. */
  private async reach(row: WorkspaceRow | null, handle: WatchHandle): Promise<TurnOutcome | null> {
    const { deps, input } = this;
    this.workspace = null;
    try {
      this.workspace = await deps.provisioner.adopt(input.workspace.workspaceId);
      if (this.workspace !== null && row !== null && row.state !== 'ended') {
        if (this.awaySinceMs !== null) this.lastProgressMs = deps.now();
        this.awaySinceMs = null;
        return await this.watch(this.workspace, row, handle);
      }
    } catch (error) {
      if (!isAway(error)) throw error;
      return this.waitFor(error);
    }
    await this.settleSaves();
    return lostOutcome(this.state, { status: 'gone', exitCode: null, reason: null });
  }

  /** Nothing is known of a place whose server is away: it is not lost, and it is not waited for without end. */
  private async waitFor(failure: DomainError): Promise<TurnOutcome | null> {
    const { deps } = this;
    const nowMs = deps.now();
    if (this.awaySinceMs === null) deps.logger.warn('a workspace cannot be reached', { ...this.input.workspace, reason: failure.message });
    this.awaySinceMs ??= nowMs;
    if (this.ending !== null) return this.afterFollowing('aborted');
    const waitedMs = nowMs - this.awaySinceMs;
    if (waitedMs >= deps.settings.placePatienceMs) {
      const message = `the workspace could not be reached for ${Math.round(waitedMs / 1000)} s; ${failure.message}; then retry the run`;
      return { kind: 'failed', reason: 'place-unreachable', message, steeredMessageIds: this.state.steered };
    }
    await sleep(reachAgainMs, undefined, { signal: this.tail.signal }).catch(() => undefined);
    return null;
  }

  /**
   * The outcome with its checkpoint: a hop less on the way to people than a step of its own. What fails here the workflow tries
   * again as that step, with its patience and its reasons.
   */
  async finalised(outcome: TurnOutcome): Promise<TurnOutcome> {
    const { run } = this.input;
    if (outcome.kind !== 'completed' || outcome.tipCommit === null || run.purpose === 'plan') return outcome;
    const { tipCommit, sessionArtifactId, threadId, warnings } = outcome;
    try {
      const finalised = await this.deps.finaliseCheckpoint({ run, tipCommit, sessionArtifactId, threadId, warnings });
      return { ...outcome, finalised };
    } catch (error) {
      this.deps.logger.warn('a turn was not finalised at once', { runId: run.runId, reason: messageOf(error) });
      return outcome;
    }
  }

  /** The next attempt begins without a word of the last one: people read here how its place was lost. */
  async tellLoss(outcome: TurnOutcome): Promise<void> {
    if (outcome.kind !== 'failed' || !placeLostReasons.includes(outcome.reason)) return;
    const { deps, scope, input } = this;
    const warning: NewEvent = { type: 'warning', emittedAtMs: deps.now(), data: { message: outcome.message } };
    await deps.runLog.append(scope, [warning], `lost.${input.workspace.workspaceId}.${input.turnMessageId}`);
  }

  /** Where an earlier watcher stopped: the offset, and the turn's state from the log. */
  private async resume(): Promise<WorkspaceRow | null> {
    const { deps, input, scope } = this;
    const { workspaceId } = input.workspace;
    const [row, offset] = await Promise.all([this.row(), deps.runLog.tailOffset(scope.tenantId, workspaceId)]);
    this.offset = offset;
    this.state = newTurn;
    // A fresh file: nothing of this turn can be in the log.
    if (offset === 0) return row;
    const { tenantId, requestId } = scope;
    const source = { tenantId, requestId, runId: input.run.runId };
    for await (const event of readRunEvents(deps.runLog, source)) this.state = reduceTurn(this.state, event, input.turnMessageId);
    await this.noteMessages(this.state);
    if (this.state.save !== null && row !== null && row.save?.commit !== this.state.save.commit) this.keepSave(row, this.state.save);
    return row;
  }

  private row(): Promise<WorkspaceRow | null> {
    const { workspaceId } = this.input.workspace;
    return this.deps.database.withTenant(this.scope.tenantId, (tx) => getWorkspace(tx, workspaceId));
  }

  private async watch(workspace: Workspace, row: WorkspaceRow, handle: WatchHandle): Promise<TurnOutcome> {
    try {
      const end = await follow(this.deps.runLog, {
        workspace,
        scope: this.scope,
        startOffset: this.offset,
        signal: this.tail.signal,
        now: this.deps.now,
        onEvents: (events, endOffset) => this.onEvents(row, handle, events, endOffset),
      });
      return await this.afterFollowing(end);
    } catch (error) {
      const reason = error instanceof DomainError ? FailureReason.safeParse(error.code) : null;
      if (!reason?.success) throw error;
      return { kind: 'failed', reason: reason.data, message: messageOf(error), steeredMessageIds: this.state.steered };
    }
  }

  private async onEvents(row: WorkspaceRow, handle: WatchHandle, events: NewEvent[], endOffset: number): Promise<'go-on' | 'stop'> {
    const before = this.state;
    this.offset = endOffset;
    this.lastProgressMs = this.deps.now();
    for (const event of events) {
      this.state = reduceTurn(this.state, event, this.input.turnMessageId);
      const save = saveOf(event);
      if (save !== null) this.keepSave(row, save);
      if (event.type === 'command.done') this.announceDone(handle, event.data.messageId);
    }
    if (before.steered !== this.state.steered || before.queued !== this.state.queued) await this.noteMessages(this.state);
    // An ending of our own only waits for the turn's end: a question would not be answered any more.
    if (this.ending !== null) return this.state.completed === null ? 'go-on' : 'stop';
    return outcomeOf(this.state, noUsage) === null ? 'go-on' : 'stop';
  }

  private async afterFollowing(end: 'ended' | 'stopped' | 'aborted'): Promise<TurnOutcome> {
    const { ending } = this;
    if (ending?.kind === 'shutdown' || ending?.kind === 'replaced') {
      throw new DomainError(
        'transient',
        'watcher-stopped',
        'watching the agent: this watcher stops, the agent works on; another one goes on',
      );
    }
    if (ending?.kind === 'cancelled') {
      await this.destroy();
      throw new CancelledFailure('the run was cancelled');
    }
    if (ending?.kind === 'overrun') {
      await this.destroy();
      const message = `the agent overran its ${ending.reason} limit and was ended; amend the request or raise the project's limit`;
      return { kind: 'failed', reason: ending.reason, message, steeredMessageIds: this.state.steered };
    }
    const known = await this.knownOutcome();
    if (known) return known;
    return lostOutcome(this.state, await this.placeNow(end));
  }

  /** What cannot be reached now is ended by the host's care once it can: its run is over then. */
  private async destroy(): Promise<void> {
    const { workspaceId } = this.input.workspace;
    try {
      await this.deps.provisioner.destroy(workspaceId);
    } catch (error) {
      if (!isAway(error)) throw error;
      this.deps.logger.warn('a workspace was not removed yet', { workspaceId, reason: messageOf(error) });
    }
  }

  private async placeNow(end: string): Promise<WorkspaceState> {
    const place = (await this.workspace?.state()) ?? { status: 'gone', exitCode: null, reason: null };
    if (place.status === 'running')
      this.deps.logger.warn('a running workspace ended its tail', { workspaceId: this.input.workspace.workspaceId, end });
    return place;
  }

  private async knownOutcome(): Promise<TurnOutcome | null> {
    if (outcomeOf(this.state, noUsage)?.kind !== 'completed') return outcomeOf(this.state, noUsage);
    const since = this.state.deliveredAtMs ?? this.input.run.createdAtMs;
    const usage = await this.deps.database.withTenant(this.scope.tenantId, (tx) => usageSince(tx, this.input.run.runId, since));
    return outcomeOf(this.state, usage);
  }

  private async noteMessages({ steered, queued }: TurnState): Promise<void> {
    if (steered.length + queued.length === 0) return;
    const { runId } = this.input.run;
    await this.deps.database.withTenant(this.scope.tenantId, async (tx) => {
      await setDisposition(tx, steered, 'steered', runId);
      await setDisposition(tx, queued, 'queued');
    });
  }

  /** Stores a save beside the tailing, one after the other. A save that cannot be stored costs at most one interval. */
  private keepSave(row: WorkspaceRow, saved: EventData<'saved'>): void {
    const { deps, input, scope } = this;
    const { tenantId, projectId } = input.run.request;
    const { commit, sessionArtifactId, threadId } = saved;
    this.storing = this.storing
      .then(async () => {
        const work = { tenantId, projectId, runId: input.run.runId, baseCommit: row.baseCommit, commit };
        const { bundleArtifactId } = await deps.git.save(work);
        const save = { commit, bundleArtifactId, sessionArtifactId, threadId };
        await deps.database.withTenant(scope.tenantId, (tx) => recordSave(tx, row.workspaceId, save));
      })
      .catch((error: unknown) => {
        deps.logger.warn('a save could not be stored', { workspaceId: row.workspaceId, commit, reason: messageOf(error) });
        return this.tellRefusal(error);
      });
  }

  /** A refused save will be refused again, until somebody takes out what it is refused for: people are told, once for each reason. */
  private async tellRefusal(error: unknown): Promise<void> {
    if (!(error instanceof DomainError) || !refusedChangeCodes.some((code) => code === error.code)) return;
    const { deps, scope, input } = this;
    const { code, message } = error;
    // How large it is changes from save to save.
    const reason = code === artifactTooLarge ? code : message;
    const warning = { message: `the work is not saved: ${message}` };
    const key = `unsaved.${input.workspace.workspaceId}.${createHash('sha256').update(reason).digest('hex').slice(0, 16)}`;
    await deps.runLog
      .append(scope, [{ type: 'warning', emittedAtMs: deps.now(), data: warning }], key)
      .catch((failure: unknown) => deps.logger.warn('a warning was not logged', { ...input.workspace, reason: messageOf(failure) }));
  }

  /** Whoever follows resumes the last save, so a lost place or a turn that was cut off waits for it; one that came to its end does not need it. */
  private async settleSaves(): Promise<void> {
    const ended = this.state.completed;
    if ((ended !== null && ended.status !== 'failed') || this.ending?.kind === 'cancelled') return;
    await Promise.race([this.storing, sleep(saveGraceMs, undefined, { ref: false })]);
  }

  /** A `save` counts as done once what it saved is stored. */
  private announceDone(handle: WatchHandle, messageId: string): void {
    void this.storing.then(() => handle.done(messageId));
  }

  /** Cancellation ends the turn gently, then for good; a stopping or replaced watcher only leaves. */
  private obeyCancellation(): () => void {
    const signal = Context.current().cancellationSignal;
    const onAbort = () => {
      const kind = stopCause(signal.reason);
      if (kind === 'cancelled') return this.endTurn({ kind });
      this.ending = { kind };
      this.tail.abort();
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }

  private endTurn(ending: Ending): void {
    if (this.ending !== null) return;
    this.ending = ending;
    const messageId = `${this.input.turnMessageId}-interrupt`;
    this.workspace
      ?.deliver({ messageId, kind: 'interrupt' })
      .catch((error: unknown) => this.deps.logger.warn('an interrupt was not delivered', { messageId, reason: messageOf(error) }));
    setTimeout(() => this.tail.abort(), interruptGraceMs).unref();
  }

  /** Renews leases and looks whether the supervisor missed a limit that it should have enforced. */
  private startDuties(): NodeJS.Timeout {
    let renewedAtMs = this.deps.now();
    return setInterval(() => {
      const nowMs = this.deps.now();
      // Nothing is heard of a place that is away: that is no silence of its agent.
      const lastProgressMs = this.awaySinceMs === null ? this.lastProgressMs : nowMs;
      const clock = { nowMs, startedAtMs: this.startedAtMs, lastProgressMs };
      const reason = overrun(this.state, this.input.run.request.limits, clock);
      if (reason !== null) this.endTurn({ kind: 'overrun', reason });
      if (nowMs - renewedAtMs < renewEveryMs) return;
      renewedAtMs = nowMs;
      const lease = { workspaceId: this.input.workspace.workspaceId, runId: this.input.run.runId };
      this.deps.database
        .withTenant(this.scope.tenantId, async (tx) => {
          await renewWorkspaceLease(tx, lease.workspaceId, leaseMs);
          await renewSlot(tx, lease.runId, leaseMs);
        })
        .catch((error: unknown) => this.deps.logger.warn('leases were not renewed', { ...lease, reason: messageOf(error) }));
    }, 1_000);
  }
}
