import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createLogger } from '../../config/logger.ts';
import { statePaths } from '../../config/paths.ts';
import { openDatabase } from '../../db/database.ts';
import type { Database } from '../../db/port.ts';

/** Where the embedded database of a running system is. */
export async function databaseUrlOf(stateDir: string): Promise<string> {
  const paths = statePaths(stateDir);
  const { postgres } = z.object({ postgres: z.number() }).parse(JSON.parse(await readFile(paths.portsFile, 'utf8')));
  const password = (await readFile(join(paths.keys, 'postgres-password'), 'utf8')).trim();
  return `postgres://postgres:${password}@127.0.0.1:${postgres}/astraforge`;
}

/** Opens it, for what no API tells. */
export async function openDatabaseOf(stateDir: string): Promise<Database> {
  const url = await databaseUrlOf(stateDir);
  return openDatabase({ url, directUrl: url, logger: createLogger('test', { silent: true }) });
}
