import { z } from 'zod';
import { limits } from '../limits.ts';
import { Id } from './common.ts';
import { RequestSummary } from './requests.ts';

/** `days`: how far back the numbers reach, today included; days are those of UTC. */
export const OverviewQuery = z.object({
  days: z.coerce.number().int().min(1).max(limits.overviewDaysMax).default(30),
  projectId: Id.optional(),
});

const counts = {
  opened: z.number().int(),
  /** Ended with their change taken: merged, or the approved patch of a folder. */
  merged: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  /** Ended in whatever way, also without a change. */
  ended: z.number().int(),
  /** From the submit to the merge, of those that merged; the median. */
  leadTimeMsP50: z.number().nullable(),
  /** Of runs that ended. */
  inputTokens: z.number(),
  outputTokens: z.number(),
};

export const Overview = z
  .object({
    /** What waits for the caller, who may act on it; what waits longest first. */
    waiting: z.array(RequestSummary),
    /** Open requests that need nobody now. */
    running: z.array(RequestSummary),
    totals: z.object({
      ...counts,
      /** Merged among all that ended, with or without changes; null when none ended. */
      successRate: z.number().nullable(),
    }),
    /** Days and projects on which something happened, in order. */
    days: z.array(z.object({ day: z.string(), projectId: z.string(), projectName: z.string(), ...counts })),
  })
  .meta({ id: 'Overview' });
export type Overview = z.infer<typeof Overview>;
