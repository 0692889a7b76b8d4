import { z } from 'zod';
import { SupervisorJob } from '../../../workflows/contracts/supervisor.ts';
import { LookQuestion } from '../look-around.ts';
import { Place } from '../place.ts';

/** The first line on the stdin of a supervisor in a Pod: nothing of it is in the Pod's specification. */
export const Welcome = z.object({
  place: Place,
  /** The launcher's program, for the agent's containers. */
  launcher: z.string(),
  /** What must be refused before the agent may begin. */
  question: LookQuestion,
  /** How long to wait for the refusal, in ms: a cluster applies its network policies some time after a Pod began. */
  patienceMs: z.number(),
});
export type Welcome = z.infer<typeof Welcome>;

/** The second line, to one whose answer was good. One that gets none ends with its stdin. */
export const Work = z.object({
  job: SupervisorJob,
  runToken: z.string(),
  /** Name of the folder below the objects folder in which the run's objects lie, whole; null: none came. */
  objects: z.string().nullable(),
});
export type Work = z.infer<typeof Work>;
