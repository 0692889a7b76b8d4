import { z } from 'zod';
import { limits } from '../limits.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** How a request or an answer is carried when it is not JSON. */
export type Medium = 'application/json' | 'text/event-stream' | 'application/octet-stream' | 'text/html';

/**
 * One operation of the API: the single source of its route, its validation, its line in the role table and its entry in the
 * OpenAPI document. `path` is written as Express takes it (`/api/projects/:projectId`).
 */
export interface Operation<P = unknown, Q = unknown, B = unknown, R = unknown> {
  id: string;
  method: Method;
  path: string;
  tag: string;
  summary: string;
  params: z.ZodType<P>;
  query: z.ZodType<Q>;
  /** JSON body; null for none, or for a raw upload (`consumes`). */
  body: z.ZodType<B> | null;
  /** Largest JSON body, in bytes. */
  bodyBytes: number;
  consumes: Medium;
  produces: Medium;
  response: z.ZodType<R>;
  /** Status codes of success with what they mean. */
  statuses: Record<number, string>;
  /** Status codes of refusals, beside those that every operation has. */
  problems: number[];
  /** Takes an `Idempotency-Key`. */
  keyed: boolean;
}

type Some<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, K>>;

const none = z.object({});

/** Fills in what most operations share: JSON both ways, no parameters, 200. */
export function defineOperation<P = Record<string, never>, Q = Record<string, never>, B = undefined, R = unknown>(
  operation: Some<Operation<P, Q, B, R>, 'id' | 'method' | 'path' | 'tag' | 'summary' | 'response'>,
): Operation<P, Q, B, R> {
  return {
    params: none as unknown as z.ZodType<P>,
    query: none as unknown as z.ZodType<Q>,
    body: null,
    bodyBytes: limits.jsonBodyBytes,
    consumes: 'application/json',
    produces: 'application/json',
    statuses: { 200: 'OK' },
    problems: [],
    keyed: false,
    ...operation,
  };
}
