import { z } from 'zod';
import { Surroundings } from '../look-around.ts';

/** The first line that a supervisor in a Pod prints: it began, or what it found that it must not find. */
export const Answer = z.object({ began: z.boolean(), found: Surroundings });
export type Answer = z.infer<typeof Answer>;

/** One frame of a tail through an exec: whole lines, or why there are no more. */
export const TailFrame = z.union([
  z.object({ lines: z.array(z.string()), endOffset: z.number() }),
  z.object({ code: z.string(), message: z.string() }),
]);
export type TailFrame = z.infer<typeof TailFrame>;
