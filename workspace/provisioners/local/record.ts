import { z } from 'zod';
import { loadRecord } from '../host-folder/record.ts';

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

/** Null when there is none, or none that can be read: then the workspace was never whole. */
export function readRecord(folder: string): Promise<WorkspaceRecord | null> {
  return loadRecord(folder, WorkspaceRecord);
}
