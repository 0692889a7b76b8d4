import type { LogEvent } from '../../../workflows/contracts/events.ts';

export type { LogEvent };
