import { z } from 'zod';

export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
export type Severity = z.infer<typeof Severity>;

/** One review remark. Lines are 1-based and inclusive, on the new side. `fingerprint` is stable across reviews of the same code. */
export const Finding = z.object({
  fingerprint: z.string(),
  path: z.string(),
  startLine: z.number().int().nonnegative(),
  endLine: z.number().int().nonnegative(),
  severity: Severity,
  title: z.string(),
  body: z.string(),
});
export type Finding = z.infer<typeof Finding>;
