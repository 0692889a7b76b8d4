import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, defaultPort, type Environment, loadConfig, processEnvironment } from '../../config/env.ts';
import { type Keys, loadOrCreateKeys } from '../../config/keys.ts';
import { ensureSocketFolder } from '../../config/paths.ts';
import { installationWarnings } from '../../config/warnings.ts';
import { ensureWebBuilt } from '../../web/build.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { choosePorts, releasePorts, type PortWish } from '../embedded/ports.ts';
import { launchChild, rotateLog } from './child.ts';
import { healthAddress, laptopProcesses, type ProcessName, processDefinitions, processEnvironmentOf, type Wiring } from './definitions.ts';
import { signalQuietly } from './identity.ts';
import { watchParent } from './parent-watch.ts';
import { endRecorded, openProcessRecord, type ProcessRecord } from './record.ts';
import { requireGit } from './requirements.ts';
import { provideDatabase, provideTemporal, type ServerPorts, type ServerStart, type UnitHooks } from './servers.ts';
import { lockState } from './state-lock.ts';
import type { StartSystemOptions, System, SystemProgress } from './types.ts';
import { startUnit, type Unit } from './unit.ts';
import { provideWorkspaces } from './workspaces.ts';

export type { StartSystemOptions, System, SystemProgress } from './types.ts';

const root = join(import.meta.dirname, '..', '..');
const readyTimeoutMs = 90_000;
const maxLogBytes = 64 * 1024 ** 2;

/** What a start has made so far: all of it is undone by `stopUnits`, in reverse. */
interface Running {
  units: Unit[];
  pids: Map<string, number>;
  record: ProcessRecord;
}

/** Which process is which file, by name: replaced in tests by small stand-ins. */
export interface SystemParts {
  mains?: Partial<Record<ProcessName, string>>;
  processes?: readonly ProcessName[];
}

/**
 * Starts everything that the environment does not provide, on the state folder that it names, and keeps it running. Rejects with a
 * DomainError of one sentence, with nothing left behind, when it cannot. The system also ends by itself when the terminal, npm or
 * the launcher vanishes.
 */
export async function startSystem(options: StartSystemOptions = {}, parts: SystemParts = {}): Promise<System> {
  const env: Environment = { ...(options.env ?? processEnvironment()), ...options.extraEnv };
  const onProgress = options.onProgress ?? (() => {});
  const config = loadConfig(env);
  await requireGit(env['PATH'] ?? '');
  const { paths } = config;
  mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const lock = lockState(paths.lockFile);
  const running: Running = { units: [], pids: new Map(), record: { set: () => {} } };
  const interrupt = interruption(options.signal, running);
  const parent = watchParent(env, () => interrupt.abort());
  try {
    ensureSocketFolder(paths);
    const left = await endRecorded(paths.processesFile);
    if (left.length > 0)
      onProgress({ process: 'system', state: 'starting', message: `ended what an earlier start left: ${left.join(', ')}` });
    running.record = openProcessRecord(paths.processesFile);
    const keys = await loadOrCreateKeys(paths.keys);
    // A port that was asked for and is taken is told before anything starts.
    await chooseApiPort(config);
    const { final, wiring } = await startAll({ config, env, running, onProgress, interrupt, options, parts });
    return describeSystem({
      config: final,
      keys,
      wiring,
      running,
      interrupt,
      end: () => (parent.stop(), releasePorts(paths.portsFile), lock.release()),
    });
  } catch (error) {
    const interrupted = interrupt.signal.aborted;
    await stopUnits(running);
    releasePorts(paths.portsFile);
    parent.stop();
    lock.release();
    if (interrupted)
      throw new DomainError('permanent', 'interrupted', 'start: interrupted; everything that had started was stopped', { cause: error });
    throw error;
  }
}

const loopback = '127.0.0.1';

function apiWish(config: Config): PortWish {
  const explicit = config.portIsExplicit ? { port: config.PORT, setting: 'PORT' } : undefined;
  return { host: config.HOST, preferred: defaultPort, explicit };
}

async function chooseApiPort(config: Config): Promise<number> {
  return (await choosePorts(config.paths.portsFile, { api: apiWish(config) })).api;
}

/** One choice at a time: both servers ask, and both keep what they got in one file. */
function serverPortChooser(config: Config): () => Promise<ServerPorts> {
  const uiPort = config.TEMPORAL_UI_PORT;
  const explicit = uiPort === undefined || config.TEMPORAL_ADDRESS ? undefined : { port: uiPort, setting: 'TEMPORAL_UI_PORT' };
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const choice = last.then(() =>
      choosePorts(config.paths.portsFile, {
        postgres: { host: loopback, preferred: null },
        temporal: { host: loopback, preferred: 7_233 },
        temporalUi: { host: loopback, preferred: 8_233, explicit },
      }),
    );
    last = choice.catch(() => {});
    return choice;
  };
}

interface Start {
  config: Config;
  env: Environment;
  running: Running;
  onProgress: (progress: SystemProgress) => void;
  interrupt: AbortController;
  options: StartSystemOptions;
  parts: SystemParts;
}

async function startAll(start: Start): Promise<{ final: Config; wiring: Wiring }> {
  const { config, env, running, onProgress, interrupt } = start;
  const hooks: UnitHooks = (name) => ({
    onProgress,
    onPid: (pid) => {
      if (pid === null) running.pids.delete(name);
      else running.pids.set(name, pid);
      running.record.set(name, pid);
      // The abort came between two launches: this one must not outlive it.
      if (pid !== null && interrupt.signal.aborted) signalQuietly(pid, 'SIGTERM');
    },
  });
  const servers: ServerStart = { config, choosePorts: serverPortChooser(config), hooks, onUnit: (unit) => running.units.push(unit) };
  const names = start.parts.processes ?? laptopProcesses;
  const [database, temporal, workspaces] = await allSettledOrThrow([
    provideDatabase(servers),
    provideTemporal(servers),
    names.includes('laptop') ? provideWorkspaces(config, onProgress) : Promise.resolve({}),
    providePages(start),
  ]);
  interrupt.signal.throwIfAborted();
  // Chosen as late as can be: somebody else may take it meanwhile.
  const port = String(await chooseApiPort(config));
  const final = loadConfig({ ...env, PORT: port });
  const wiring: Wiring = { ...database, ...temporal, ...workspaces, STATE_DIR: config.STATE_DIR, PORT: port, PUBLIC_URL: final.PUBLIC_URL };
  const units = await allSettledOrThrow(names.map((name) => startProcess(name, { ...start, config: final }, { env, wiring, hooks })));
  interrupt.signal.throwIfAborted();
  // In the order of the definitions, whichever was ready first.
  running.units = [...running.units.filter((unit) => !units.includes(unit)), ...units];
  return { final, wiring };
}

/** Builds the web UI where its sources have changed. Without it the API and the command line still serve: that is said, and no end. */
async function providePages({ parts, onProgress, interrupt }: Start): Promise<void> {
  if (parts.mains?.api !== undefined || (parts.processes && !parts.processes.includes('api'))) return;
  const tell = (state: SystemProgress['state'], message: string) => onProgress({ process: 'web', state, message });
  try {
    if (await ensureWebBuilt(() => tell('starting', 'building the pages'), interrupt.signal)) tell('ready', 'pages built');
  } catch (error) {
    if (!interrupt.signal.aborted) tell('failed', messageOf(error));
  }
}

async function startProcess(
  name: ProcessName,
  start: Start,
  shared: { env: Environment; wiring: Wiring; hooks: UnitHooks },
): Promise<Unit> {
  const { config, parts, options } = start;
  const definition = processDefinitions[name];
  const main = parts.mains?.[name] ?? join(root, definition.main);
  const logFile = config.paths.log(name);
  rotateLog(logFile, maxLogBytes);
  const unit = await startUnit({
    name,
    describe: () => (name === 'api' ? `at ${config.PUBLIC_URL}` : `log in ${logFile}`),
    launch: (onSpawn) =>
      launchChild({
        name,
        args: [main],
        cwd: root,
        env: processEnvironmentOf(definition, { env: shared.env, wiring: shared.wiring, extra: options.extraEnv }),
        logFile,
        healthAddress: healthAddress(definition, config),
        readyTimeoutMs,
        stopGraceMs: definition.stopGraceMs,
        reports: definition.reports,
        onSpawn,
      }),
    ...shared.hooks(name),
  });
  start.running.units.push(unit);
  return unit;
}

/** Like Promise.all, but only when none is under way any more: what failed must not leave others starting behind our back. */
async function allSettledOrThrow<const T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return Promise.all(promises) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
}

/** Aborts with the caller's signal; processes that are still starting are ended at once, so that their launch fails. */
function interruption(signal: AbortSignal | undefined, running: Running): AbortController {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => {
    const ready = new Set(running.units.map((unit) => unit.name));
    for (const [name, pid] of running.pids) if (!ready.has(name)) signalQuietly(pid, 'SIGTERM');
  });
  if (signal?.aborted) controller.abort();
  signal?.addEventListener('abort', () => controller.abort(), { once: true });
  return controller;
}

/** In reverse order of the definitions: nobody loses a server that it still needs for its own end. */
async function stopUnits(running: Running): Promise<void> {
  const order: string[] = ['postgres', 'temporal', ...laptopProcesses];
  const units = running.units.toSorted((one, other) => order.indexOf(other.name) - order.indexOf(one.name));
  for (const unit of units) await unit.stop();
}

function describeSystem(input: {
  config: Config;
  keys: Keys;
  wiring: Wiring;
  running: Running;
  interrupt: AbortController;
  end: () => void;
}): System {
  const { config, keys, running, interrupt } = input;
  let stopping: Promise<void> | null = null;
  const settled = Promise.withResolvers<void>();
  function stop(): Promise<void> {
    stopping ??= stopUnits(running)
      .finally(input.end)
      .then(settled.resolve, (error: unknown) => {
        settled.resolve();
        throw error;
      });
    return stopping;
  }
  if (interrupt.signal.aborted) void stop();
  interrupt.signal.addEventListener('abort', () => void stop(), { once: true });
  const host = healthAddress(processDefinitions.api, config) ?? '';
  return {
    apiUrl: host,
    signInUrl: `${config.PUBLIC_URL}/sign-in?token=${keys.startupToken}`,
    temporalUiUrl: input.wiring.TEMPORAL_UI_URL ?? config.TEMPORAL_UI_URL ?? null,
    token: keys.startupToken,
    stateDir: config.STATE_DIR,
    warnings: installationWarnings(config),
    get processes() {
      return running.units.map((unit) => ({
        name: unit.name,
        pid: unit.pid ?? 0,
        restarts: unit.restarts,
        logFile: config.paths.log(unit.name),
      }));
    },
    stop,
    stopped: settled.promise,
  };
}
