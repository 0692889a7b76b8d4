import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processEnvironment } from '../../config/env.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { searchAttributes } from '../../workflows/contracts/search-attributes.ts';
import { type GuardedProcess, type ProcessExit, spawnGuarded } from './guarded.ts';
import { findTemporal, type TemporalBinaryOptions } from './temporal-binary.ts';
import { temporalProblem } from './temporal-connection.ts';

export interface TemporalOptions {
  /** Folder of the database file. */
  dataDir: string;
  port: number;
  uiPort: number;
  logFile: string;
  /** Called with the pid at once, long before it is ready. */
  onSpawn?: (pid: number) => void;
  namespace?: string;
  /** Settings of the server on top of ours, by their names in its dynamic configuration. */
  dynamicConfig?: Record<string, string>;
  /** Where the program is looked for. */
  binary?: TemporalBinaryOptions;
}

export interface EmbeddedTemporal {
  /** host:port of the frontend. */
  address: string;
  uiUrl: string;
  pid: number;
  exited: Promise<ProcessExit>;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const readyTimeoutMs = 60_000;
const stopGraceMs = 10_000;

/** What a development server leaves off or keeps small, and we use. */
const dynamicConfig = {
  'frontend.enableUpdateWorkflowExecution': 'true',
  'frontend.enableUpdateWorkflowExecutionAsyncAccepted': 'true',
  'frontend.enableExecuteMultiOperation': 'true',
  'system.enableEagerWorkflowStart': 'true',
  'frontend.workerVersioningWorkflowAPIs': 'true',
  'frontend.workerVersioningDataAPIs': 'true',
  'system.enableDeploymentVersions': 'true',
  'matching.useNewMatcher': 'true',
} as const;

/** Arguments of Temporal's CLI for our development server; the compose file runs the same. */
export function temporalArguments(options: {
  databaseFile: string;
  ip: string;
  port: number;
  uiPort: number;
  namespace: string;
  dynamicConfig?: Record<string, string>;
}): string[] {
  return [
    'server',
    'start-dev',
    '--db-filename',
    options.databaseFile,
    '--ip',
    options.ip,
    '--port',
    String(options.port),
    '--ui-port',
    String(options.uiPort),
    '--namespace',
    options.namespace,
    '--log-level',
    'warn',
    '--log-format',
    'json',
    ...Object.values(searchAttributes).flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries({ ...dynamicConfig, ...options.dynamicConfig }).flatMap(([name, value]) => [
      '--dynamic-config-value',
      `${name}=${value}`,
    ]),
  ];
}

/** Starts Temporal's development server with its page on a database file. DomainError `temporal-…` names the log. */
export async function startTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const { program } = await findTemporal(options.binary);
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  await mkdir(dirname(options.logFile), { recursive: true, mode: 0o700 });
  const namespace = options.namespace ?? 'default';
  const databaseFile = join(options.dataDir, 'temporal.db');
  const server = await spawnGuarded({
    command: program,
    args: temporalArguments({ ...options, databaseFile, ip: host, namespace }),
    // Without HOME the CLI complains about its own configuration file; it must not read the user's.
    env: { PATH: processEnvironment()['PATH'] ?? '/usr/bin:/bin', HOME: options.dataDir, TZ: 'UTC' },
    logFile: options.logFile,
    stopSignal: 'SIGTERM',
  });
  options.onSpawn?.(server.pid);
  const address = `${host}:${options.port}`;
  try {
    await waitUntilReady(address, namespace, server, options.logFile);
  } catch (error) {
    await server.stop(stopGraceMs);
    throw error;
  }
  return {
    address,
    uiUrl: `http://${host}:${options.uiPort}`,
    pid: server.pid,
    exited: server.exited,
    stop: () => server.stop(stopGraceMs),
  };
}

async function waitUntilReady(address: string, namespace: string, server: GuardedProcess, logFile: string): Promise<void> {
  const ended = server.exited.then(({ code, signal }) => {
    throw new DomainError(
      'transient',
      'temporal-ended',
      `temporal: it ended while starting (${signal ?? `exit code ${code}`}); see ${logFile}`,
    );
  });
  ended.catch(() => {});
  const settings = { TEMPORAL_NAMESPACE: namespace } as const;
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    const problem = await Promise.race([temporalProblem(address, settings, 5_000), ended]);
    if (problem === null) return;
    if (performance.now() > deadline) {
      throw new DomainError(
        'transient',
        'temporal-slow',
        `temporal: no answer within ${readyTimeoutMs / 1000} s (${problem}); see ${logFile}`,
      );
    }
    await sleep(50);
  }
}
