import { json, type Request, type Response, type Router } from 'express';
import type { z } from 'zod';
import type { Principal } from '../workflows/contracts/principal.ts';
import { principalOf } from './auth/guard.ts';
import { limits } from './limits.ts';
import type { Operation } from './operations/operation.ts';
import { refuse, refuseShape } from './problem.ts';
import { isStorable } from './schemas/common.ts';

/** A validated call. */
export interface Call<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  principal: Principal;
  /** Idempotency-Key, where the operation takes one. */
  idempotencyKey: string | null;
  request: Request;
  response: Response;
}

/** A handler's answer as JSON; `status` is one of the operation's. */
export interface Answer<R> {
  status: number;
  body: R;
}

/** Adds the route of an operation whose answer is JSON. */
export function mount<P, Q, B, R>(
  router: Router,
  operation: Operation<P, Q, B, R>,
  handle: (call: Call<P, Q, B>) => Promise<Answer<NoInfer<R>>>,
): void {
  mountRaw(router, operation, async (call) => {
    const answer = await handle(call);
    if (!call.response.headersSent) call.response.status(answer.status).json(answer.body);
  });
}

/** Adds the route of an operation that writes its answer itself: streams, files, pages. */
export function mountRaw<P, Q, B, R>(
  router: Router,
  operation: Operation<P, Q, B, R>,
  handle: (call: Call<P, Q, B>) => Promise<void> | void,
): void {
  const parsers = operation.body ? [requireJson, json({ limit: operation.bodyBytes, strict: false })] : [];
  router[operation.method](operation.path, ...parsers, async (request: Request, response: Response) => {
    await handle({
      params: parse(operation.params, request.params, 'not-found', 'The path'),
      query: parse(operation.query, request.query, 'invalid-query', 'The query'),
      body: operation.body ? parse(operation.body, request.body, 'invalid-body', 'The body') : (undefined as B),
      // A public operation has no principal and must not ask for one.
      get principal() {
        return principalOf(request);
      },
      idempotencyKey: operation.keyed ? readKey(request) : null,
      request,
      response,
    });
  });
}

/** Only JSON bodies are read; an empty one stands for `{}`, so that `POST …/cancel` needs none. */
function requireJson(request: Request, _response: Response, next: (error?: unknown) => void): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) {
    throw refuse('unsupported-media-type', 'Send the body as application/json.');
  }
  if (!hasBody) request.body = {};
  next();
}

function parse<T>(schema: z.ZodType<T>, value: unknown, code: string, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuseShape(code, where, parsed.error);
}

function readKey(request: Request): string | null {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return null;
  if (key.length === 0 || key.length > limits.idempotencyKeyLength || !isStorable(key)) {
    throw refuse('invalid-idempotency-key', `An Idempotency-Key has 1 to ${limits.idempotencyKeyLength} characters.`);
  }
  return key;
}
