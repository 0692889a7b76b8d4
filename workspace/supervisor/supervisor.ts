import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, assertNever, messageOf } from '../../workflows/contracts/errors.ts';
import type { SupervisorCommand, SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import type { FailureReason } from '../../workflows/contracts/run.ts';
import { createDriver } from '../executors/registry.ts';
import { createAgentSandbox } from './agent-sandbox.ts';
import { openEventLog } from './event-log.ts';
import { createGatewayFiles, resolveInput } from './gateway-files.ts';
import { checkOut, fetchCommit, layOutRepository, reviewBranch, setReviewBranch } from './git/checkout.ts';
import { createGit } from './git/run-git.ts';
import { watchInbox } from './inbox.ts';
import { watchLimits } from './limits.ts';
import type { Place } from './place.ts';
import { createPrograms } from './programs.ts';
import { startRelay, supervisorHeader } from './relay.ts';
import { createSaver } from './saver.ts';
import { createTurnRunner, reasonOf } from './turn.ts';

/**
 * The life of one workspace: boots it, handles each command once and in order, and resolves when it was told to stop. Everything
 * that it has to say is in the event file.
 */
export async function runSupervisor(input: { place: Place; job: SupervisorJob; runToken: string }): Promise<void> {
  const { place, job } = input;
  const startedAt = performance.now();
  const gitPaths = { gitDir: place.gitDir, objectsDir: join(place.gitDir, 'objects'), checkoutDir: place.checkoutDir };
  await Promise.all([gitPaths.objectsDir, place.attachmentsDir, place.homeDir].map((folder) => mkdir(folder, { recursive: true })));

  const log = openEventLog({
    path: join(place.privateDir, 'events.jsonl'),
    maxBytes: job.limits.outputBytes,
    onFull: () => onLimit({ reason: 'agent-output-limit', message: `the agent wrote more than ${job.limits.outputBytes} bytes of events` }),
  });
  const { emit } = log;
  const supervisorKey = randomBytes(24).toString('base64url');
  const relay = await startRelay({
    port: place.relayPort,
    doorSocket: place.doorSocket,
    runToken: input.runToken,
    supervisorKey,
    allowModel: job.executor.name !== 'none',
    emit,
  });
  const relayUrl = `http://127.0.0.1:${relay.port}`;
  const remoteUrl = `${relayUrl}/git/run.git`;
  const sandbox = createAgentSandbox({ place, limits: job.limits, relayUrl, objectsDir: gitPaths.objectsDir });
  const git = createGit({
    ...gitPaths,
    workTree: place.checkoutDir,
    path: place.path,
    header: `${supervisorHeader}: ${supervisorKey}`,
    emit,
  });
  const files = createGatewayFiles(relayUrl, supervisorKey);

  let activityMs = Date.now();
  const touch = () => {
    activityMs = Date.now();
  };
  const programs = createPrograms(sandbox, touch);
  const driver = createDriver(job.executor, {
    emit,
    spawn: (argv, options) => sandbox.spawn(argv, options),
    activity: touch,
    homeDir: place.homeDir,
    checkoutDir: place.checkoutDir,
    relayUrl,
    codexPath: place.codexPath,
    model: job.model,
    outputBytes: job.limits.outputBytes,
    modelRefused: relay.modelRefused,
  });

  let checkoutCommit = job.checkout.commit;
  let broken: { reason: FailureReason; message: string } | null = null;
  const saver = createSaver({
    git,
    remoteUrl,
    snapshot: () => ({ ...gitPaths, checkoutCommit, maxFileBytes: job.maxFileBytes, sandbox, path: place.path }),
    driver,
    homeDir: place.homeDir,
    files,
    emit,
    sync: log.sync,
  });

  function onLimit(found: { reason: FailureReason; message: string }): void {
    if (!turns.isRunning() && booted && !executing) return;
    if (broken?.reason !== found.reason) emit('limit.exceeded', found);
    broken = found;
    turns.fail(found.reason, found.message);
    programs.killAll();
  }

  async function boot(readOnlyCheckout: boolean): Promise<void> {
    const [, , session] = await Promise.all([
      checkOut(git, gitPaths, job, remoteUrl).catch((error: unknown) => {
        throw new DomainError('transient', 'repository', `checkout: ${messageOf(error)}`, { cause: error });
      }),
      // A failing start shows again, with its reason, when the turn starts.
      driver?.warm({ readOnlyCheckout }).catch(() => undefined),
      job.session ? files.download(job.session.artifactId) : null,
    ]);
    if (job.session && session) await driver?.restore({ threadId: job.session.threadId, content: session });
    if (job.setup !== null) await setUp(job.setup);
    emit('workspace.ready', { pid: process.pid, startedInMs: Math.round(performance.now() - startedAt) });
  }

  async function setUp(command: string): Promise<void> {
    const { exitCode } = await programs.run(command, { timeoutMs: null, onText: (text) => emit('setup.output', { text }) });
    if (broken) throw new DomainError('permanent', broken.reason, `setup: ${broken.message}`);
    if (exitCode !== 0) throw new DomainError('permanent', 'setup-failed', `setup: the command ended with exit code ${exitCode ?? 'none'}`);
  }

  async function execute(command: Extract<SupervisorCommand, { kind: 'exec' }>): Promise<void> {
    await ready;
    for (const { name, command: line } of command.commands) {
      broken = null;
      const end = await programs.run(line, { timeoutMs: command.timeoutMs, onText: (text) => emit('exec.output', { name, text }) });
      const status = end.timedOut ? 'timed-out' : broken || end.exitCode === null ? 'error' : end.exitCode === 0 ? 'passed' : 'failed';
      emit('exec.completed', {
        messageId: command.messageId,
        name,
        command: line,
        status,
        exitCode: end.exitCode,
        durationMs: end.durationMs,
      });
    }
  }

  async function reset(commit: string): Promise<void> {
    await ready;
    await fetchCommit(git, remoteUrl, commit, commit);
    await git(['read-tree', '--reset', '-u', commit]);
    await git(['checkout-index', '--all', '--force', '--quiet'], { quiet: true });
    await layOutRepository(gitPaths, commit, remoteUrl);
    checkoutCommit = commit;
  }

  /** Turns need the agent, so they wait for one another; the other commands do not wait for a turn's end, unless they touch the checkout. */
  async function handle(command: SupervisorCommand): Promise<void> {
    switch (command.kind) {
      case 'turn':
        await turns.idle();
        broken = null;
        return turns.start(command);
      case 'steer': {
        const result =
          turns.isRunning() && driver
            ? await driver.steer(command.messageId, await resolveInput(command.input, files, place.attachmentsDir))
            : null;
        if (result?.steered) return emit('message.steered', { messageId: command.messageId });
        return emit('message.queued', { messageId: command.messageId, reason: result?.reason ?? 'no turn is running' });
      }
      case 'answer': {
        const taken = driver?.answer(command.questionId, command.answers) ?? false;
        if (!taken) throw new DomainError('permanent', 'question-closed', 'this question is not open any more');
        return emit('question.answered', { questionId: command.questionId, answers: command.answers });
      }
      case 'save':
        await ready;
        return saver.save({ always: true });
      case 'reset':
        await turns.idle();
        return reset(command.commit);
      case 'exec':
        await turns.idle();
        executing = true;
        return execute(command).finally(() => {
          executing = false;
        });
      case 'interrupt':
        programs.killAll();
        return turns.interrupt();
      case 'stop':
        return stop();
      default:
        return assertNever(command);
    }
  }

  /** Every command but a turn and a steering message ends in `command.done`. */
  async function settle(command: SupervisorCommand): Promise<void> {
    let failure: string | null = null;
    try {
      await handle(command);
    } catch (error) {
      failure = messageOf(error);
      if (command.kind === 'steer') emit('message.queued', { messageId: command.messageId, reason: failure });
    }
    if (command.kind === 'turn' || command.kind === 'steer') return;
    emit('command.done', { messageId: command.messageId, ok: failure === null, error: failure });
    log.sync();
  }

  const pending: SupervisorCommand[] = [];
  let chain: Promise<void> = Promise.resolve();
  let booted = false;
  let executing = false;
  let ready: Promise<void> = Promise.resolve();
  let accept = (command: SupervisorCommand): void => void pending.push(command);
  const inbox = watchInbox({
    folder: join(place.privateDir, 'inbox'),
    onCommand: (command) => accept(command),
    onBroken: (file, reason) => emit('warning', { message: `inbox file ${file} was not understood: ${reason.slice(0, 300)}` }),
  });
  const firstTurn = pending.find((command) => command.kind === 'turn');
  ready = boot(firstTurn?.kind === 'turn' && firstTurn.mode !== 'work').finally(() => {
    booted = true;
  });
  ready.catch((error: unknown) => emit('error', { message: `${reasonOf(error)}: ${messageOf(error)}` }));
  const turns = createTurnRunner({
    driver,
    ready: ready.catch((error: unknown) => {
      if (error instanceof DomainError) throw error;
      throw new DomainError('transient', 'internal', `boot: ${messageOf(error)}`, { cause: error });
    }),
    saver,
    emit,
    sync: log.sync,
    resolveInput: (items) => resolveInput(items, files, place.attachmentsDir),
    async prepareReview({ mode, reviewBase }) {
      if (mode !== 'review') return null;
      await setReviewBranch(gitPaths, reviewBase ?? job.checkout.baseCommit);
      return reviewBranch;
    },
    lastActivityMs: () => Math.max(activityMs, relay.lastModelTrafficMs()),
    lookAtLimits: () => watchdog.look(),
    saveEveryMs: job.saveEveryMs,
  });
  const watchdog = watchLimits({ place, limits: job.limits, onBroken: onLimit });

  let stopped: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    stopped = resolve;
  });

  async function stop(): Promise<void> {
    inbox.close();
    watchdog.close();
    programs.killAll();
    driver?.kill({ status: 'interrupted', lastMessage: '', reason: null, error: null });
    setImmediate(stopped);
  }

  // An interrupt and a stop overtake what is being waited for; all else keeps its order.
  accept = (command) => {
    if (command.kind === 'interrupt' || command.kind === 'stop') void settle(command);
    else chain = chain.then(() => settle(command));
  };
  for (const command of pending.splice(0)) accept(command);
  await end;
  log.sync();
  log.close();
}
