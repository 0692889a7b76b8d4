import { z } from 'zod';

/** Room of the gateway's door for what a setup made; only supervisors enter it. */
export const setupSnapshotsPath = '/setup/snapshots/';

/** What decides what a setup makes, as 64 hexadecimal digits. */
const SetupKey = z.string().regex(/^[0-9a-f]{64}$/);

/** Which snapshot a workspace may begin with, and whether it may keep one where there is none. Signed into its run token. */
export const SetupSnapshot = z.object({ key: SetupKey, keep: z.boolean() });
export type SetupSnapshot = z.infer<typeof SetupSnapshot>;
