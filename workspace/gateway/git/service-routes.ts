import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { GitService } from './port.ts';
import { gitServicePath, gitServiceSchemas, methodOfPath } from './service-schema.ts';
import type { GitServiceMethod, WireError } from './service-schema.ts';

export interface GitServiceRoutesDeps {
  service: GitService;
  /** Who holds it is the control plane. */
  serviceKey: string;
  logger: Logger;
}

const bodyCapBytes = 4 * 1024 * 1024;

/**
 * Serves `POST /service/git/<method>` under the service key. Answers false, having done nothing, for a path that is not of the
 * service. Errors travel as `{kind, code, message, details}`: 401, 404, 413, 422 (permanent), 503 (transient), 500.
 */
export function createGitServiceRoutes(
  deps: GitServiceRoutesDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async function serve(request, response) {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith(gitServicePath)) return false;
    try {
      if (!holdsKey(request, deps.serviceKey)) {
        send(
          response,
          401,
          wire(new DomainError('permanent', 'unauthorized', 'gateway: the service key is missing or wrong; check the keys folder')),
        );
        return true;
      }
      const method = methodOfPath(path);
      if (method === null || request.method !== 'POST') {
        send(
          response,
          404,
          wire(new DomainError('permanent', 'unknown-method', `gateway: there is no ${request.method} ${path}; check the versions`)),
        );
        return true;
      }
      const result = await call(deps.service, method, await readJson(request));
      send(response, 200, { result });
    } catch (error) {
      fail(deps.logger, response, path, error);
    }
    return true;
  };
}

/** Validates, calls and encodes: the one place where a method's name picks its types. */
async function call(service: GitService, method: GitServiceMethod, body: unknown): Promise<unknown> {
  const schemas = gitServiceSchemas[method];
  const input: unknown = schemas.input.parse(body);
  const run = service[method] as ((value: unknown) => Promise<unknown>) | undefined;
  if (!run) throw new DomainError('permanent', 'unknown-method', `gateway: this service has no ${method}; check the versions`);
  const output = await run.call(service, input);
  return z.encode(schemas.output as z.core.$ZodType, output ?? null);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyCapBytes)
      throw new DomainError('permanent', 'body-too-large', `gateway: a call is larger than ${bodyCapBytes} bytes; shorten it`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DomainError('permanent', 'invalid-input', 'gateway: the body is not JSON; correct the call', { cause });
  }
}

function fail(logger: Logger, response: ServerResponse, path: string, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    logger.warn('git service call lost its caller', { path, error: messageOf(error) });
    return;
  }
  if (error instanceof z.ZodError) {
    const fields = error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    send(response, 422, wire(new DomainError('permanent', 'invalid-input', `gateway: ${fields.join('; ')}; correct the call`)));
    return;
  }
  if (error instanceof DomainError) {
    if (error.code === 'git-failed') logger.error('git failed', { path, message: error.message, ...error.details });
    const status = error.code === 'body-too-large' ? 413 : error.kind === 'permanent' ? 422 : 503;
    send(response, status, wire(error));
    return;
  }
  logger.error('git service failed', { path, error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
  send(
    response,
    500,
    wire(new DomainError('transient', 'internal', "gateway: an unexpected error; see the gateway's log, then try again")),
  );
}

function wire(error: DomainError): WireError {
  return { kind: error.kind, code: error.code, message: error.message, details: error.details };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function holdsKey(request: IncomingMessage, serviceKey: string): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(sha256(given), sha256(serviceKey));
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
