import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Logger } from '../config/logger.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import type { Problem } from './schemas/common.ts';

/** HTTP status of each code; a permanent one that is not here is 422, a transient one 503. */
const statusOfCode: Readonly<Record<string, number>> = {
  'malformed-json': 400,
  'malformed-url': 400,
  'malformed-body': 400,
  'invalid-query': 400,
  'cursor-invalid': 400,
  'not-signed-in': 401,
  forbidden: 403,
  'foreign-origin': 403,
  'foreign-host': 403,
  'not-a-voter': 403,
  'not-the-author': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'project-name-taken': 409,
  'template-name-taken': 409,
  'message-not-waiting': 409,
  'message-with-agent': 409,
  'prompt-stays': 409,
  'stale-checkpoint': 409,
  'stale-question': 409,
  'gate-closed': 409,
  'request-closed': 409,
  'no-question': 409,
  'nothing-to-retry': 409,
  'no-merge-request': 409,
  'merge-on-forge': 409,
  merging: 409,
  'not-mergeable': 409,
  'no-checkpoint': 409,
  'attachment-too-large': 413,
  'file-too-large': 413,
  'artifact-too-large': 413,
  'body-too-large': 413,
  'prompt-too-large': 413,
  'unsupported-media-type': 415,
  'too-many-messages': 429,
  'web-not-built': 503,
};

/** Codes that callers know by another name. */
const publicCodes: Readonly<Record<string, string>> = { 'idempotency-key-reused': 'idempotency-conflict' };

/** Makes a refusal of the API itself. `errors` name the fields. */
export function refuse(code: string, message: string, errors?: Problem['errors']): DomainError {
  return new DomainError('permanent', code, message, errors ? { details: { errors } } : {});
}

/** What there is not, and where the id came from. */
export function notFound(what: string, id: string): DomainError {
  return refuse('not-found', `There is no ${what} ${id} here; check the id.`);
}

/** Translates whatever was thrown into problem details. Unknown errors are 500 `internal` without their text. */
export function toProblem(error: unknown): Problem {
  if (error instanceof DomainError) return problemOfDomainError(error);
  if (error instanceof z.ZodError) return problemOfDomainError(refuseShape('invalid-body', 'The body', error));
  if (error instanceof URIError) return problemOf(400, 'malformed-url', 'The URL holds a broken percent escape.');
  const parsing = problemOfBodyParser(error);
  if (parsing) return parsing;
  if (isUnstorable(error))
    return problemOf(422, 'unstorable', 'The database cannot hold a value of this call; check it for odd characters.');
  return problemOf(500, 'internal', 'Something went wrong on our side; the log of the API says what.');
}

/** A ZodError as a refusal that names every field. */
export function refuseShape(code: string, where: string, error: z.ZodError): DomainError {
  const errors = error.issues.slice(0, 50).map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  const first = errors[0];
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return refuse(code, `${where} is not as expected: ${first?.path || 'it'}: ${first?.message ?? 'invalid'}${rest}.`, errors);
}

function problemOfDomainError(error: DomainError): Problem {
  if (error.code.startsWith('database-')) {
    return problemOf(503, 'database-unavailable', 'The database does not answer at the moment; try again.');
  }
  const status = statusOfCode[error.code] ?? (error.kind === 'permanent' ? 422 : 503);
  const { errors, ...details } = error.details as { errors?: Problem['errors'] } & Record<string, unknown>;
  return {
    ...problemOf(status, publicCodes[error.code] ?? error.code, error.message),
    ...(errors ? { errors } : {}),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

function problemOf(status: number, code: string, detail: string): Problem {
  return { type: `urn:astraforge:problem:${code}`, title: STATUS_CODES[status] ?? 'Error', status, detail, code };
}

/** Errors of Express' body parsers carry `type` and `status` (body-parser's documented property). */
function problemOfBodyParser(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('status' in error) || !('type' in error)) return null;
  switch (error.type) {
    case 'entity.parse.failed':
      return problemOf(400, 'malformed-json', `The body is not JSON: ${error.message}`);
    case 'entity.too.large':
      return problemOf(
        413,
        'body-too-large',
        `The body is larger than ${'limit' in error ? String(error.limit) : 'the allowed number of'} bytes.`,
      );
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return problemOf(415, 'unsupported-media-type', `The body cannot be read: ${error.message}.`);
    default:
      return problemOf(400, 'malformed-body', `The body cannot be read: ${error.message}.`);
  }
}

/** Postgres' class 22, data exceptions: text or numbers that no column can hold. Schemas refuse them; this is the net below. */
function isUnstorable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^22[0-9A-Z]{3}$/.test(error.code);
}

/** Sends problem details, unless the answer has begun; then the connection is cut so that nobody takes half for whole. */
function sendProblem(response: Response, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (problem.status === 503 || problem.status === 429) response.setHeader('Retry-After', '1');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The one error handler of the app. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const stack = error instanceof Error ? error.stack : undefined;
      logger.error('request failed', { method: request.method, path: request.path, code: problem.code, error: messageOf(error), stack });
    }
    sendProblem(response, problem);
  };
}
