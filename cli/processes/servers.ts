import { join } from 'node:path';
import type { Config } from '../../config/env.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { ensureSearchAttributes, requireTemporal } from '../embedded/temporal-connection.ts';
import type { Launched } from './child.ts';
import type { Wiring } from './definitions.ts';
import { requireDatabase } from './requirements.ts';
import { startUnit, type Unit, type UnitOptions } from './unit.ts';

export type UnitHooks = (name: string) => Pick<UnitOptions, 'onPid' | 'onProgress'>;

export interface ServerStart {
  config: Config;
  ports: { postgres: number; temporal: number; temporalUi: number };
  hooks: UnitHooks;
  /** Takes each unit as soon as it runs, so that a failure elsewhere can stop it. */
  onUnit: (unit: Unit) => void;
}

/** Postgres: the one of DATABASE_URL, checked, or the embedded one. */
export async function provideDatabase({ config, ports, hooks, onUnit }: ServerStart): Promise<Wiring> {
  const { paths } = config;
  if (config.DATABASE_URL) {
    await requireDatabase(config.DATABASE_URL);
    return {};
  }
  let url = '';
  const unit = await startUnit({
    name: 'postgres',
    describe: () => `on port ${ports.postgres}`,
    launch: async (onSpawn): Promise<Launched> => {
      const server = await startPostgres({
        dataDir: paths.postgres,
        passwordFile: join(paths.keys, 'postgres-password'),
        port: ports.postgres,
        logFile: paths.log('postgres'),
        onSpawn,
      });
      url = server.url;
      return server;
    },
    ...hooks('postgres'),
  });
  onUnit(unit);
  return { DATABASE_URL: url, DATABASE_DIRECT_URL: url };
}

/** Temporal: the one of TEMPORAL_ADDRESS, checked, or the embedded one. */
export async function provideTemporal({ config, ports, hooks, onUnit }: ServerStart): Promise<Wiring> {
  const { paths, TEMPORAL_ADDRESS: address } = config;
  if (address) {
    await requireTemporal(address, config);
    const problem = await ensureSearchAttributes(address, config);
    if (problem)
      hooks('temporal').onProgress({
        process: 'temporal',
        state: 'ready',
        message: `search attributes are not ours to register: ${problem}`,
      });
    return {};
  }
  let found = { address: '', uiUrl: '' };
  const unit = await startUnit({
    name: 'temporal',
    describe: () => `at ${found.address}, its page at ${found.uiUrl}`,
    launch: async (onSpawn): Promise<Launched> => {
      const server = await startTemporal({
        dataDir: paths.temporal,
        port: ports.temporal,
        uiPort: ports.temporalUi,
        logFile: paths.log('temporal'),
        namespace: config.TEMPORAL_NAMESPACE,
        onSpawn,
      });
      found = server;
      return server;
    },
    ...hooks('temporal'),
  });
  onUnit(unit);
  return { TEMPORAL_ADDRESS: found.address, TEMPORAL_UI_URL: config.TEMPORAL_UI_URL ?? found.uiUrl };
}
