import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What the host remembers of a workspace, in its folder, out of the sandbox's sight. */
export const WorkspaceRecord = z.object({
  schema: z.literal(1),
  workspaceId: z.string(),
  /** The sandbox's first process, by which everything in it is killed, and the program that waits for it. Null: never started. */
  init: z.object({ pid: z.number().int(), startTicks: z.string() }).nullable(),
  monitor: z.object({ pid: z.number().int(), startTicks: z.string() }).nullable(),
  bootId: z.string(),
  plain: z.boolean(),
  cgroups: z.array(z.string()),
  memoryEventsFile: z.string().nullable(),
  pidsEventsFile: z.string().nullable(),
  outputBytes: z.number(),
  createdAtMs: z.number(),
});
export type WorkspaceRecord = z.infer<typeof WorkspaceRecord>;

const fileName = 'record.json';

/** Null when there is none, or none that can be read: then the workspace was never whole. */
export async function readRecord(folder: string): Promise<WorkspaceRecord | null> {
  try {
    return WorkspaceRecord.parse(JSON.parse(await readFile(join(folder, fileName), 'utf8')));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

export async function writeRecord(folder: string, record: WorkspaceRecord): Promise<void> {
  const temporary = join(folder, `${fileName}.tmp`);
  await writeFile(temporary, JSON.stringify(record), { mode: 0o600, flush: true });
  await rename(temporary, join(folder, fileName));
}
