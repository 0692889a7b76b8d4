import { join } from 'node:path';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { SupervisorCommand, SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import { boot } from './boot.ts';
import { createCommandHandler } from './commands.ts';
import { resolveInput } from './gateway-files.ts';
import { reviewBranch, setReviewBranch } from './git/checkout.ts';
import { watchInbox } from './inbox.ts';
import { watchLimits } from './limits.ts';
import type { Broken, LimitWatch } from './limits.ts';
import { createParts } from './parts.ts';
import type { Parts } from './parts.ts';
import type { Place } from './place.ts';
import { createTurnRunner, reasonOf } from './turn.ts';
import type { TurnCommand, TurnRunner } from './turn.ts';

/**
 * The life of one workspace: boots it, handles each command once and in order, and resolves when it was told to stop. Everything
 * that it has to say is in the event file. `onListening`: its port is its own, and from now on it hears what is delivered.
 */
export async function runSupervisor(input: {
  place: Place;
  job: SupervisorJob;
  runToken: string;
  onListening?: () => Promise<unknown>;
}): Promise<void> {
  const startedAt = performance.now();
  const { outputBytes } = input.job.limits;
  const full: Broken = { reason: 'agent-output-limit', message: `the agent wrote more than ${outputBytes} bytes of events` };
  const parts = await createParts({ ...input, onFull: () => onBroken(full) });
  await input.onListening?.();
  const { place, job, log, programs, state } = parts;
  const early: SupervisorCommand[] = [];
  let accept = (command: SupervisorCommand): void => void early.push(command);
  const inbox = watchInbox({
    folder: join(place.privateDir, 'inbox'),
    onCommand: (command) => accept(command),
    onBroken: (file, reason) => log.emit('warning', { message: `inbox file ${file} was not understood: ${reason.slice(0, 300)}` }),
  });

  // The agent starts beside the clone, so what its first turn may write must be known now.
  const readOnlyCheckout = early.some((command) => command.kind === 'turn' && command.mode !== 'work');
  const ready = boot(parts, { readOnlyCheckout, startedAt });
  ready.catch((error: unknown) => log.emit('error', { message: `${reasonOf(error)}: ${messageOf(error)}` }));
  const watchdog: LimitWatch = watchLimits({ place, limits: job.limits, elsewhere: parts.usageElsewhere, onBroken });
  const turns: TurnRunner = createTurnRunner({
    ...parts,
    ...log,
    ready,
    whyAstray: () => state.astray,
    resolveInput: (items) => resolveInput(items, parts.files, place.attachmentsDir),
    prepareReview: (command) => prepareReview(parts, command),
    lookAtLimits: watchdog.look,
    saveEveryMs: job.saveEveryMs,
  });

  /** Ends what is at work; between turns there is nothing to end. */
  function onBroken(broken: Broken): void {
    if (state.booted && !state.executing && !turns.isRunning()) return;
    if (state.broken?.reason !== broken.reason) log.emit('limit.exceeded', broken);
    state.broken = broken;
    turns.fail(broken.reason, broken.message);
    programs.killAll();
  }

  await new Promise<void>((resolve) => {
    accept = createCommandHandler({
      parts,
      turns,
      ready,
      stop() {
        inbox.close();
        watchdog.close();
        programs.killAll();
        parts.driver?.kill({ status: 'interrupted', lastMessage: '', reason: null, error: null });
        setImmediate(resolve);
      },
    });
    for (const command of early.splice(0)) accept(command);
  });
  log.sync();
  log.close();
}

/** Names the commit that a review compares with, in the agent's repository. */
async function prepareReview({ gitPaths, job }: Parts, { mode, reviewBase }: TurnCommand): Promise<string | null> {
  if (mode !== 'review') return null;
  await setReviewBranch(gitPaths, reviewBase ?? job.checkout.baseCommit);
  return reviewBranch;
}
