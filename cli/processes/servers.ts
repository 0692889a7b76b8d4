import { join } from 'node:path';
import type { Config } from '../../config/env.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { isPortFree } from '../embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../embedded/postgres.ts';
import { type EmbeddedTemporal, startTemporal } from '../embedded/temporal.ts';
import { ensureSearchAttributes, requireTemporal } from '../embedded/temporal-connection.ts';
import type { Wiring } from './definitions.ts';
import { requireDatabase } from './requirements.ts';
import { startUnit, type Unit, type UnitOptions } from './unit.ts';

export type UnitHooks = (name: string) => Pick<UnitOptions, 'onPid' | 'onProgress'>;

export interface ServerPorts {
  postgres: number;
  temporal: number;
  temporalUi: number;
}

export interface ServerStart {
  config: Config;
  /** Free ports, the kept ones where they still are. */
  choosePorts: () => Promise<ServerPorts>;
  hooks: UnitHooks;
  /** Takes each unit as soon as it runs, so that a failure elsewhere can stop it. */
  onUnit: (unit: Unit) => void;
}

/** Between the choice of a port and its use somebody else may take it: so often another one is tried. */
const portAttempts = 3;

/** Postgres: the one of DATABASE_URL, checked, or the embedded one. */
export async function provideDatabase({ config, choosePorts, hooks, onUnit }: ServerStart): Promise<Wiring> {
  const { paths } = config;
  if (config.DATABASE_URL) {
    await requireDatabase(config.DATABASE_URL);
    return {};
  }
  const found: { server: EmbeddedPostgres | null; port: number } = { server: null, port: 0 };
  async function launch(onSpawn: (pid: number) => void): Promise<EmbeddedPostgres> {
    const start = (port: number) => {
      const passwordFile = join(paths.keys, 'postgres-password');
      return startPostgres({ dataDir: paths.postgres, passwordFile, port, logFile: paths.log('postgres'), onSpawn });
    };
    // Others know the address by now: a later start keeps it.
    if (found.server) return start(found.port);
    found.server = await withFreePorts(
      choosePorts,
      ({ postgres }) => [postgres],
      ({ postgres }) => start((found.port = postgres)),
    );
    return found.server;
  }
  const unit = await startUnit({ name: 'postgres', describe: () => `on port ${found.port}`, launch, ...hooks('postgres') });
  onUnit(unit);
  const url = found.server?.url ?? '';
  return { DATABASE_URL: url, DATABASE_DIRECT_URL: url };
}

/** Temporal: the one of TEMPORAL_ADDRESS, checked, or the embedded one. */
export async function provideTemporal({ config, choosePorts, hooks, onUnit }: ServerStart): Promise<Wiring> {
  const { paths, TEMPORAL_ADDRESS: address } = config;
  if (address) {
    await requireTemporal(address, config);
    const problem = await ensureSearchAttributes(address, config);
    const message = `search attributes are not ours to register: ${problem}`;
    if (problem) hooks('temporal').onProgress({ process: 'temporal', state: 'ready', message });
    return {};
  }
  const found: { server: EmbeddedTemporal | null; ports: ServerPorts } = {
    server: null,
    ports: { postgres: 0, temporal: 0, temporalUi: 0 },
  };
  async function launch(onSpawn: (pid: number) => void): Promise<EmbeddedTemporal> {
    const start = (ports: ServerPorts) => {
      found.ports = ports;
      const at = { port: ports.temporal, uiPort: ports.temporalUi, namespace: config.TEMPORAL_NAMESPACE };
      return startTemporal({ dataDir: paths.temporal, ...at, logFile: paths.log('temporal'), onSpawn });
    };
    if (found.server) return start(found.ports);
    found.server = await withFreePorts(choosePorts, ({ temporal, temporalUi }) => [temporal, temporalUi], start);
    return found.server;
  }
  const describe = () => `at ${found.server?.address}, its page at ${found.server?.uiUrl}`;
  onUnit(await startUnit({ name: 'temporal', describe, launch, ...hooks('temporal') }));
  return { TEMPORAL_ADDRESS: found.server?.address, TEMPORAL_UI_URL: config.TEMPORAL_UI_URL ?? found.server?.uiUrl };
}

async function withFreePorts<T>(
  choose: () => Promise<ServerPorts>,
  used: (ports: ServerPorts) => number[],
  start: (ports: ServerPorts) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const ports = await choose();
    try {
      return await start(ports);
    } catch (error) {
      const taken = error instanceof DomainError && error.code.endsWith('-ended') && (await someTaken(used(ports)));
      if (!taken || attempt === portAttempts) throw error;
    }
  }
}

async function someTaken(ports: number[]): Promise<boolean> {
  const free = await Promise.all(ports.map((port) => isPortFree('127.0.0.1', port)));
  return free.includes(false);
}
