import { z } from 'zod';
import { SupervisorJob } from '../../../workflows/contracts/supervisor.ts';
import { LookQuestion } from '../look-around.ts';
import { Place } from '../place.ts';

/** What a supervisor in a Pod gets as the one line on its stdin: nothing of it is in the Pod's specification. */
export const Welcome = z.object({
  place: Place,
  /** The launcher's program, for the agent's containers. */
  launcher: z.string(),
  /** What must be refused before the agent may begin. */
  question: LookQuestion,
  /** How long to wait for the refusal, in ms: a cluster applies its network policies some time after a Pod began. */
  patienceMs: z.number(),
  /** Null: look around and end. */
  work: z.object({ job: SupervisorJob, runToken: z.string() }).nullable(),
});
export type Welcome = z.infer<typeof Welcome>;
