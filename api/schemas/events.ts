import { z } from 'zod';
import type { EventType } from '../../workflows/contracts/events.ts';
import { eventSchemas } from '../../workflows/contracts/events.ts';
import { AwaitingKind, Stage } from '../../workflows/contracts/request.ts';
import { limits } from '../limits.ts';
import { commaList, Id } from './common.ts';

const variants = (Object.keys(eventSchemas) as EventType[]).map((type) =>
  z.object({
    seq: z.number().int(),
    requestId: z.string(),
    runId: z.string().nullable(),
    attempt: z.number().int().nullable(),
    emittedAtMs: z.number(),
    type: z.literal(type),
    data: eventSchemas[type],
  }),
);
const [first, ...rest] = variants;
if (!first) throw new Error('the event contract is empty');

/** A line of the run log, told apart by `type`. A body over 64 KiB is shortened, with `data.artifactId` for the whole. */
export const LogEvent = z.discriminatedUnion('type', [first, ...rest]).meta({ id: 'LogEvent' });

/** `lastSeq` is where to go on: pass it as `afterSeq`. `more` says whether that is worth it at once. */
export const EventPage = z.object({ items: z.array(LogEvent), lastSeq: z.number().int(), more: z.boolean() }).meta({ id: 'EventPage' });

const seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const eventTypes = Object.keys(eventSchemas) as [EventType, ...EventType[]];

/** `beforeSeq` asks for the newest events below it instead of the next ones: then `more` says that older ones are left. */
export const EventListQuery = z.object({
  afterSeq: seq.default(0),
  beforeSeq: seq.optional(),
  limit: z.coerce.number().int().min(1).max(limits.eventPageMax).default(500),
  /** Kinds of events, joined by commas; default: all. The last page's `lastSeq` is then the end of the whole log. */
  types: z
    .string()
    .max(2000)
    .transform((text) => [...new Set(text.split(',').filter((part) => part !== ''))])
    .pipe(z.array(z.enum(eventTypes)).min(1))
    .optional(),
});

/** `Last-Event-ID`, when sent, wins over `afterSeq`. */
export const StreamQuery = z.object({ afterSeq: seq.default(0) });

/** A request of the tenant whose projection changed; told as `event: changed`, without an id. */
export const RequestChange = z
  .object({ requestId: z.string(), stage: Stage, awaiting: AwaitingKind.nullable(), updatedAtMs: z.number() })
  .meta({ id: 'RequestChange' });

/**
 * Several requests in one stream. An event's id holds one position a request, in the order of `requests`, joined by commas. With
 * `changes=true` also every change of any request of the tenant, from now on; then `requests` may be left out.
 */
export const MultiStreamQuery = z
  .object({
    requests: commaList(Id, limits.requestsPerStream, 1).optional(),
    after: z
      .string()
      .regex(/^\d{1,15}(,\d{1,15})*$/)
      .optional(),
    changes: z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true'),
  })
  .refine((query) => query.changes || query.requests !== undefined, { path: ['requests'], message: 'is needed without changes=true' });
