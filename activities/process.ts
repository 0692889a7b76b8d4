import type { Worker } from '@temporalio/worker';
import { loadConfig } from '../config/env.ts';
import { exitWithParent, reportReady } from '../config/exit-with-parent.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import { createControlWorker } from './control-worker.ts';
import { createHostDependencies, createHostWorkers } from './host-workers.ts';
import { openServices, type Services } from './services.ts';
import { installRuntime } from './temporal.ts';
import { endPlaces } from './workspace/end-places.ts';
import { keepCaring } from './workspace/host-care.ts';
import { stopHost } from './workspace/stop-host.ts';
import { keepPoolWarm } from './workspace/warm-pool.ts';

const careEveryMs = 15_000;
const warmEveryMs = 10_000;

/** One part of a process: its workers, and how it begins and ends. */
interface Part {
  workers: Worker[];
  afterStart: () => Promise<void>;
  /** Runs while the workers drain: they take nothing new any more. */
  onStop: () => Promise<void>;
  /** Runs when every worker has ended. */
  onEnd: () => Promise<void>;
}

export type Role = 'control' | 'host';

/** Runs the parts as one process until SIGTERM or SIGINT, then ends it gracefully. Exit code 1 when it could not start or broke. */
export async function runProcess(name: string, roles: readonly Role[]): Promise<void> {
  exitWithParent();
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  let logger = createLogger(name);
  try {
    const config = loadConfig();
    logger = createLogger(name, { level: config.LOG_LEVEL });
    installRuntime(logger);
    const services = await openServices(config, logger);
    const parts = await Promise.all(roles.map((role) => openPart(services, role, roles)));
    await runParts(parts, logger, stopping.signal);
    await services.close();
    process.exit(0);
  } catch (error) {
    const stack = error instanceof DomainError || !(error instanceof Error) ? undefined : error.stack;
    logger.error('the process ended', { reason: messageOf(error), stack });
    process.exit(1);
  }
}

async function openPart(services: Services, role: Role, roles: readonly Role[]): Promise<Part> {
  if (role === 'control') {
    const { worker, afterStart } = await createControlWorker(services, { alone: roles.includes('host') });
    return { workers: [worker], afterStart, onStop: async () => undefined, onEnd: async () => undefined };
  }
  const deps = await createHostDependencies(services);
  const workers = await createHostWorkers(services, deps);
  let stopWarming = async () => undefined as void;
  let stopCaring = async () => undefined as void;
  return {
    workers,
    afterStart: async () => {
      stopCaring = keepCaring(deps, careEveryMs);
      stopWarming = keepPoolWarm(deps, warmEveryMs);
    },
    onStop: async () => {
      await Promise.all([stopCaring(), stopWarming()]);
      await stopHost(deps);
    },
    // A workspace that was being made while the others were ended.
    onEnd: async () => {
      await endPlaces(deps, await deps.provisioner.list());
    },
  };
}

async function runParts(parts: Part[], logger: Logger, signal: AbortSignal): Promise<void> {
  const workers = parts.flatMap((part) => part.workers);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const broken = running.then(
    () => 'ended' as const,
    (error: unknown) => ({ error }),
  );
  for (const part of parts) void part.afterStart();
  reportReady();
  logger.info('ready', { queues: workers.map((worker) => worker.options.taskQueue) });
  const stop = new Promise<'stop'>((resolve) => {
    if (signal.aborted) resolve('stop');
    signal.addEventListener('abort', () => resolve('stop'), { once: true });
  });
  const first = await Promise.race([stop, broken]);
  logger.info('stopping', { because: first === 'stop' ? 'asked to' : 'a worker ended' });
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await Promise.all(parts.map((part) => part.onStop()));
  const end = await broken;
  await Promise.all(parts.map((part) => part.onEnd()));
  if (first !== 'stop' && end !== 'ended') throw end.error;
  logger.info('stopped');
}
