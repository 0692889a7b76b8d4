import { z } from 'zod';

/** Room of the gateway's door for what a setup made; only supervisors enter it. */
export const setupSnapshotsPath = '/setup/snapshots/';

/** Names the snapshot of a setup by what decides what that makes: 64 hexadecimal digits. */
export const SetupKey = z.string().regex(/^[0-9a-f]{64}$/);
