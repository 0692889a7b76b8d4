import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { FailureReason } from '../../workflows/contracts/run.ts';
import type { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import type { AgentDriver, AgentInput, AgentTurn, Emit, TurnEnd } from '../executors/port.ts';
import type { Saved, Saver } from './saver.ts';

export type TurnCommand = Extract<SupervisorCommand, { kind: 'turn' }>;

/** How long an agent has to obey an interrupt. */
const interruptMs = 5_000;
const clockMs = 500;

export interface TurnRunner {
  /** Resolves when the agent took the turn, or when that failed and the turn is over. */
  start(command: TurnCommand): Promise<void>;
  isRunning(): boolean;
  /** Resolves when no turn runs. */
  idle(): Promise<void>;
  interrupt(): Promise<void>;
  /** Ends the running turn with this reason. */
  fail(reason: FailureReason, message: string): void;
}

interface TurnDeps {
  driver: AgentDriver | null;
  /** Rejects with a DomainError whose code is the turn's failure reason. */
  ready: Promise<void>;
  /** Why the checkout may not be where the turn is to begin; null: it is there. */
  whyAstray(): string | null;
  saver: Saver;
  emit: Emit;
  sync(): void;
  resolveInput(input: TurnCommand['input']): Promise<AgentInput[]>;
  prepareReview(command: TurnCommand): Promise<string | null>;
  lastActivityMs(): number;
  /** What killed the agent, where it was one of the limits. */
  lookAtLimits(): { reason: FailureReason; message: string } | null;
  saveEveryMs: number;
}

/** Runs one turn at a time: limits, saves while it runs, checkpoint at its end. */
export function createTurnRunner(deps: TurnDeps): TurnRunner {
  let running: Promise<void> | null = null;
  let forced: TurnEnd | null = null;
  let wake: (() => void) | null = null;
  /** The agent took the turn: from here on it can be asked to stop. */
  let taken = false;
  const isReady = track(deps.ready);

  function force(end: TurnEnd): void {
    if (!running || forced) return;
    forced = end;
    deps.driver?.kill(end);
    wake?.();
  }

  async function begin(command: TurnCommand): Promise<{ end: Promise<TurnEnd> } | { failed: TurnEnd }> {
    const given = new Promise<'forced'>((resolve) => {
      wake = () => resolve('forced');
    });
    const forcedEnd = () => forced;
    try {
      const prepared = await Promise.race([prepare(deps, command), given]);
      if (prepared === 'forced' || forced) return { failed: forced ?? failure('internal', 'the turn was ended') };
      const { driver, turn } = prepared;
      const { turnId, ended } = await driver.startTurn(turn);
      taken = true;
      deps.emit('turn.started', { turnId, threadId: driver.threadId() });
      // Whoever ended it while it started found nothing to end.
      const end = forcedEnd();
      if (end) driver.kill(end);
      return { end: ended };
    } catch (error) {
      return { failed: forced ?? failure(reasonOf(error), messageOf(error)) };
    }
  }

  async function run(command: TurnCommand, onStarted: () => void): Promise<void> {
    const clock = watchClock(command, deps, force);
    const saves = command.mode === 'work' ? saveRegularly(deps) : null;
    let end: TurnEnd;
    try {
      const begun = await begin(command);
      onStarted();
      end = 'failed' in begun ? begun.failed : await begun.end;
      const broken = end.reason === 'agent-exit' && !forced ? deps.lookAtLimits() : null;
      end = forced ?? (broken ? { ...end, reason: broken.reason, error: broken.message } : end);
    } finally {
      clearInterval(clock);
      saves?.close();
    }
    await finish(deps, command, end, isReady() && deps.whyAstray() === null);
  }

  return {
    async start(command) {
      forced = null;
      taken = false;
      await new Promise<void>((resolve) => {
        running = run(command, resolve).finally(() => {
          running = null;
          resolve();
        });
      });
    },
    isRunning: () => running !== null,
    async idle() {
      await running;
    },
    async interrupt() {
      const current = running;
      if (!current || forced) return;
      if (!taken) return force(interrupted);
      const asked = deps.driver?.interrupt() ?? Promise.resolve();
      await Promise.race([asked.catch(() => undefined), sleep(interruptMs)]);
      await Promise.race([current, sleep(interruptMs)]);
      if (running === current) force(interrupted);
    },
    fail: (reason, message) => force(failure(reason, message)),
  };
}

/** What the agent is asked, once everything is there for it. */
async function prepare(deps: TurnDeps, command: TurnCommand): Promise<{ driver: AgentDriver; turn: AgentTurn }> {
  const { driver } = deps;
  await deps.ready;
  const astray = deps.whyAstray();
  if (astray !== null) throw new DomainError('transient', 'place-lost', `the workspace did not get to where the turn begins: ${astray}`);
  if (!driver) throw new DomainError('permanent', 'internal', 'this workspace has no agent');
  const input = await deps.resolveInput(command.input);
  return { driver, turn: { ...command, input, reviewBranch: await deps.prepareReview(command) } };
}

/** Whether a promise has resolved. */
function track(promise: Promise<void>): () => boolean {
  let resolved = false;
  promise.then(
    () => {
      resolved = true;
    },
    () => undefined,
  );
  return () => resolved;
}

/** Stores the work and writes the turn's end. Without a checkout (`began` is false) there is nothing to store. */
async function finish(deps: TurnDeps, command: TurnCommand, end: TurnEnd, began: boolean): Promise<void> {
  // What an interrupted agent had started may live on: its whole sandbox goes, the next turn resumes the session.
  if (end.status !== 'completed') deps.driver?.kill(end);
  let saved: Saved = { commit: null, sessionArtifactId: null, warnings: [] };
  let outcome = end;
  try {
    if (began) saved = await deps.saver.checkpoint({ withTree: command.mode === 'work', ref: 'refs/heads/astraforge/turn' });
  } catch (error) {
    const message = `the work could not be stored: ${messageOf(error)}`;
    if (end.status === 'completed') outcome = { ...end, ...failure('checkpoint-failed', message), lastMessage: end.lastMessage };
    else saved.warnings.push(message);
  }
  deps.emit('turn.completed', {
    status: outcome.status,
    threadId: deps.driver?.threadId() ?? null,
    tipCommit: saved.commit,
    sessionArtifactId: saved.sessionArtifactId,
    warnings: saved.warnings,
    lastMessage: outcome.lastMessage,
    reason: outcome.reason,
    error: outcome.error,
  });
  deps.sync();
}

const interrupted: TurnEnd = { status: 'interrupted', lastMessage: '', reason: null, error: null };

/** Wall-clock and inactivity; the time that an open question waits for a person counts for neither. */
function watchClock(command: TurnCommand, deps: TurnDeps, force: (end: TurnEnd) => void): NodeJS.Timeout {
  let lookedMs = Date.now();
  let workedMs = 0;
  let quietSinceMs = lookedMs;
  return setInterval(() => {
    const nowMs = Date.now();
    const passedMs = nowMs - lookedMs;
    lookedMs = nowMs;
    if (deps.driver?.hasOpenQuestion()) {
      quietSinceMs = nowMs;
      return;
    }
    workedMs += passedMs;
    quietSinceMs = Math.max(quietSinceMs, deps.lastActivityMs());
    if (workedMs > command.wallClockMs) force(failure('wall-clock', `the turn took longer than ${command.wallClockMs} ms`));
    else if (nowMs - quietSinceMs > command.inactivityMs)
      force(failure('inactivity', `the agent was silent for more than ${command.inactivityMs} ms`));
  }, clockMs);
}

function saveRegularly(deps: TurnDeps): { close(): void } {
  const timer = setInterval(() => {
    deps.saver
      .save({ always: false })
      .catch((error: unknown) => deps.emit('warning', { message: `the work could not be saved: ${messageOf(error)}` }));
  }, deps.saveEveryMs);
  return { close: () => clearInterval(timer) };
}

function failure(reason: FailureReason, error: string): TurnEnd {
  return { status: 'failed', lastMessage: '', reason, error };
}

/** A DomainError's code where it is one of the stable reasons. */
export function reasonOf(error: unknown): FailureReason {
  return (error instanceof DomainError ? FailureReason.safeParse(error.code).data : undefined) ?? 'agent-error';
}
