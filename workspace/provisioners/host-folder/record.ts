import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const fileName = 'record.json';

/**
 * What the host remembers of a workspace, in its folder, out of the workspace's own sight. Null when there is none, or none that can
 * be read as this kind: then the workspace was never whole.
 */
export async function loadRecord<T>(folder: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, fileName), 'utf8')));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Replaces the record in one step. */
export async function saveRecord(folder: string, record: object): Promise<void> {
  const temporary = join(folder, `${fileName}.tmp`);
  await writeFile(temporary, JSON.stringify(record), { mode: 0o600, flush: true });
  await rename(temporary, join(folder, fileName));
}
