import { z } from 'zod';

/** Room of the gateway's door for what a setup made; only supervisors enter it. */
export const setupSnapshotsPath = '/setup/snapshots/';

/** What decides what a setup makes, as 64 hexadecimal digits. */
const SetupKey = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * Which snapshot a workspace may begin with, or keep where there is none. Signed into its run token. Without `keep`, as older records have
 * it for an agent's work, it may do neither.
 */
export const SetupSnapshot = z.object({ key: SetupKey, keep: z.boolean() });
export type SetupSnapshot = z.infer<typeof SetupSnapshot>;
