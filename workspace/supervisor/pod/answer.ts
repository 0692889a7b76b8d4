import { z } from 'zod';
import { Surroundings } from '../look-around.ts';

/** The first line that a supervisor in a Pod prints: what it found around it. */
export const Answer = z.object({ found: Surroundings });
export type Answer = z.infer<typeof Answer>;

/** The second line: it has its work, and whatever is delivered from now on. */
export const Begun = z.object({ began: z.literal(true) });
export type Begun = z.infer<typeof Begun>;

/** One frame of a tail through an exec: whole lines, or why there are no more. */
export const TailFrame = z.union([
  z.object({ lines: z.array(z.string()), endOffset: z.number() }),
  z.object({ code: z.string(), message: z.string() }),
]);
export type TailFrame = z.infer<typeof TailFrame>;
