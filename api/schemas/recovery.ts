import { z } from 'zod';
import { Stage } from '../../workflows/contracts/request.ts';
import { limits } from '../limits.ts';
import { Id } from './common.ts';

export const RehydrateCreate = z
  .object({
    /** Only these; left out: every open request of the tenant. */
    requestIds: z.array(Id).min(1).max(limits.requestsPerRehydration).optional(),
  })
  .meta({ id: 'RehydrateCreate' });

/** `restarted` from its snapshot, or `resubmitted` when no workflow had stored one yet; `running` and `closed` were left alone. */
export const RehydrateOutcome = z.enum(['restarted', 'resubmitted', 'running', 'closed']);
export type RehydrateOutcome = z.infer<typeof RehydrateOutcome>;

export const RehydrateResult = z
  .object({ items: z.array(z.object({ requestId: z.string(), title: z.string(), stage: Stage, outcome: RehydrateOutcome })) })
  .meta({ id: 'RehydrateResult' });
