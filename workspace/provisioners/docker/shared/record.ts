import { z } from 'zod';

/** What this machine remembers of a workspace in a container. */
export const ContainerRecord = z.object({
  schema: z.literal(1),
  kind: z.literal('docker'),
  workspaceId: z.string(),
  outputBytes: z.number(),
  createdAtMs: z.number(),
});
export type ContainerRecord = z.infer<typeof ContainerRecord>;
