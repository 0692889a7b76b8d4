import { DomainError, assertNever, messageOf } from '../../workflows/contracts/errors.ts';
import type { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import { resolveInput } from './gateway-files.ts';
import { fetchCommit, layOutRepository } from './git/checkout.ts';
import type { CheckEnvironment } from './check-secrets.ts';
import type { Parts } from './parts.ts';
import type { TurnRunner } from './turn.ts';

type Command<K extends SupervisorCommand['kind']> = Extract<SupervisorCommand, { kind: K }>;

interface HandlerDeps {
  parts: Parts;
  turns: TurnRunner;
  ready: Promise<void>;
  stop(): void;
}

/**
 * Takes commands in their order; each is over before the next begins, but a turn only until the agent took it. Interrupts and stops
 * overtake what is being waited for, and an interrupt holds for the turns that still wait.
 */
export function createCommandHandler(deps: HandlerDeps): (command: SupervisorCommand) => void {
  const waiting = new Set<string>();
  const cancelled = new Set<string>();
  let chain: Promise<void> = Promise.resolve();

  async function takeTurn(command: Command<'turn'>): Promise<void> {
    await deps.turns.idle();
    deps.parts.state.broken = null;
    deps.parts.state.touched = true;
    waiting.delete(command.messageId);
    const started = deps.turns.start(command);
    if (cancelled.delete(command.messageId)) await deps.turns.interrupt();
    return started;
  }

  async function handle(command: SupervisorCommand): Promise<void> {
    switch (command.kind) {
      case 'turn':
        return takeTurn(command);
      case 'steer':
        return steer(deps, command);
      case 'answer':
        return answer(deps, command);
      case 'save':
        await deps.ready;
        return save(deps.parts);
      case 'reset':
        await deps.turns.idle();
        return move(deps, command);
      case 'exec':
        await deps.turns.idle();
        return execute(deps, command);
      case 'interrupt':
        for (const messageId of waiting) cancelled.add(messageId);
        if (deps.parts.state.executing) deps.parts.programs.killAll();
        return deps.turns.interrupt();
      case 'stop':
        return deps.stop();
      default:
        return assertNever(command);
    }
  }

  /** Every command but a turn and a steering message ends in `command.done`. */
  async function settle(command: SupervisorCommand): Promise<void> {
    const { log } = deps.parts;
    let failure: string | null = null;
    let code: string | undefined;
    try {
      await handle(command);
    } catch (error) {
      failure = messageOf(error);
      if (error instanceof DomainError) code = error.code;
      if (command.kind === 'steer') log.emit('message.queued', { messageId: command.messageId, reason: failure });
    }
    if (command.kind === 'turn' || command.kind === 'steer') return;
    log.emit('command.done', { messageId: command.messageId, ok: failure === null, error: failure, code });
    log.sync();
  }

  return (command) => {
    if (command.kind === 'interrupt' || command.kind === 'stop') return void settle(command);
    if (command.kind === 'turn') waiting.add(command.messageId);
    chain = chain.then(() => settle(command));
  };
}

async function steer({ parts, turns }: HandlerDeps, command: Command<'steer'>): Promise<void> {
  const { driver, files, log, place } = parts;
  const { messageId } = command;
  if (!turns.isRunning() || !driver) return log.emit('message.queued', { messageId, reason: 'no turn is running' });
  const result = await driver.steer(messageId, await resolveInput(command.input, files, place.attachmentsDir));
  if (result.steered) log.emit('message.steered', { messageId });
  else log.emit('message.queued', { messageId, reason: result.reason });
}

async function answer({ parts }: HandlerDeps, { questionId, answers }: Command<'answer'>): Promise<void> {
  if (!parts.driver?.answer(questionId, answers))
    throw new DomainError('permanent', 'question-closed', 'this question is not open any more');
  parts.log.emit('question.answered', { questionId, answers });
}

async function save({ saver, state }: Parts): Promise<void> {
  if (state.astray !== null) throw new DomainError('transient', 'place-lost', `save: the checkout is between two commits: ${state.astray}`);
  await saver.save({ always: true });
}

/** Until a move succeeds no turn begins: its work would stand on another commit than the one that it is taken for. */
async function move(deps: HandlerDeps, command: Command<'reset'>): Promise<void> {
  const { state } = deps.parts;
  try {
    await reset(deps, command);
    state.astray = null;
  } catch (error) {
    state.astray = messageOf(error);
    throw error;
  }
}

/**
 * Nothing of the agent runs meanwhile: a program that it left could swap a folder of the checkout for a link while git, which is not
 * in a sandbox, writes there. The next turn resumes the session. A place that nobody has worked in since it was made of this commit is
 * as it has to be: its agent, started already, is left alone.
 */
async function reset({ parts, ready }: HandlerDeps, { commit }: Command<'reset'>): Promise<void> {
  await ready;
  const { driver, git, gitPaths, remote, state } = parts;
  if (!state.touched && state.checkoutCommit === commit) return;
  state.touched = true;
  driver?.kill({ status: 'interrupted', lastMessage: '', reason: null, error: null });
  await parts.endAgent();
  await fetchCommit(git, gitPaths.gitDir, { remoteUrl: remote.url, ref: commit, commit });
  await git(['read-tree', '--reset', '-u', commit]);
  await git(['checkout-index', '--all', '--force', '--quiet'], { quiet: true });
  await layOutRepository(gitPaths, commit, remote);
  state.checkoutCommit = commit;
  // A start that fails shows again, with its reason, when the turn starts.
  driver?.warm({ readOnlyCheckout: false }).catch(() => undefined);
}

async function execute({ parts, ready }: HandlerDeps, command: Command<'exec'>): Promise<void> {
  const { log, programs, state } = parts;
  await ready;
  state.executing = true;
  state.touched = true;
  try {
    const { env, masks } = await prepareChecks(parts);
    for (const { name, command: line } of command.commands) {
      state.broken = null;
      if (masks.size > 0) await parts.endAgent();
      const onText = (text: string) => log.emit('exec.output', { name, text });
      const end = await programs.run(line, { timeoutMs: command.timeoutMs, env, masks, onText });
      const { messageId } = command;
      log.emit('exec.completed', {
        messageId,
        name,
        command: line,
        status: statusOf(parts, end),
        exitCode: end.exitCode,
        durationMs: end.durationMs,
      });
    }
  } finally {
    state.executing = false;
  }
}

/** Whoever may not have secrets, or cannot, runs no check: one that fails for want of them would look like a bad change. */
async function prepareChecks(parts: Parts): Promise<CheckEnvironment> {
  try {
    return parts.job.executor.name === 'none' ? await parts.checkEnvironment() : { env: {}, masks: new Map() };
  } catch (error) {
    parts.log.emit('error', { message: messageOf(error) });
    throw error;
  }
}

function statusOf({ state }: Parts, end: { exitCode: number | null; timedOut: boolean }): 'passed' | 'failed' | 'timed-out' | 'error' {
  if (end.timedOut) return 'timed-out';
  if (state.broken || end.exitCode === null) return 'error';
  return end.exitCode === 0 ? 'passed' : 'failed';
}
