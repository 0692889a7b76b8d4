import { z } from 'zod';
import {
  AgentQuestion,
  AttachmentRef,
  Awaiting,
  Checkpoint,
  CheckResult,
  Decision,
  DiffStat,
  Gate,
  Remark,
} from '../../workflows/contracts/request.ts';
import { GateRule, GateSubject, MergeRequestRef, Outcome, RequestStatus, Stage, StageInterval } from '../../workflows/contracts/request.ts';
import { Finding } from '../../workflows/contracts/finding.ts';
import { Principal, Role } from '../../workflows/contracts/principal.ts';
import { limits } from '../limits.ts';

const shared = {
  AgentQuestion,
  AttachmentRef,
  Awaiting,
  Checkpoint,
  CheckResult,
  Decision,
  DiffStat,
  Finding,
  Gate,
  GateRule,
  GateSubject,
  MergeRequestRef,
  Outcome,
  Principal,
  Remark,
  RequestStatus,
  Role,
  Stage,
  StageInterval,
};
// The contracts know nothing of OpenAPI; naming them here makes them components of the document instead of copies.
for (const [id, schema] of Object.entries(shared)) z.globalRegistry.add(schema, { id });

/** An id in a path or a reference. Its shape is checked so that nothing odd reaches the database. */
export const Id = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'an id holds letters, digits, dot, dash and underscore only');

/** Text that people write: any Unicode but NUL and lone surrogates, which Postgres cannot hold. */
export function plainText(maxLength: number) {
  return z.string().max(maxLength).refine(isStorable, 'holds a NUL character or a broken surrogate pair');
}

/** True for text that Postgres stores unchanged. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Keyset pagination: `cursor` is opaque and comes from `nextCursor` of the page before. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(limits.pageSizeMax).default(limits.pageSize),
  cursor: z.string().max(500).optional(),
});

/** A page of items; `nextCursor` is null on the last one. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** A comma-separated list in a query, each part by `item`, `min` to `max` of them; parts that repeat count once. */
export function commaList<T extends z.ZodType<unknown, string>>(item: T, max: number, min = 0) {
  return z
    .string()
    .max(max * 201)
    .transform((text) => [...new Set(text.split(',').filter((part) => part !== ''))])
    .pipe(z.array(item).min(min).max(max));
}

/** RFC 9457 problem details; `code` is stable and meant for programs. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** A person as lists show them. */
export const PersonRef = z.object({ id: z.string(), name: z.string() }).meta({ id: 'PersonRef' });
