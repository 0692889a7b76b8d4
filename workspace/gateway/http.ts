import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError } from '../../workflows/contracts/errors.ts';

/** Sends a small JSON document, unless the answer has begun or the peer is gone. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, 'cache-control': 'no-store' });
  response.end(bytes);
}

/** The gateway's error body: `{code, message}` and details by name. An answer that has begun is cut instead, so that it never looks whole. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  details: Record<string, unknown> = {},
): void {
  if (response.headersSent) response.destroy();
  else sendJson(response, status, { code, message, ...details });
}

/** The bearer token of a header value (`Bearer x`), or null. */
export function bearerToken(header: string | undefined): string | null {
  const match = /^Bearer ([^\s]+)$/i.exec(header ?? '');
  return match?.[1] ?? null;
}

/** Reads a body of at most `maxBytes`; more is DomainError `body-too-large`, a broken upload `upload-aborted`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw uploadAborted(error);
  }
  return Buffer.concat(chunks, size);
}

/** DomainError `upload-aborted`: whoever sends a body is gone. */
export function uploadAborted(cause?: unknown): DomainError {
  return new DomainError('transient', 'upload-aborted', 'The request ended before its body was complete. Send it again.', { cause });
}

function tooLarge(maxBytes: number): DomainError {
  return new DomainError('permanent', 'body-too-large', `The request's body is over the limit of ${maxBytes} bytes. Send less.`, {
    details: { maxBytes },
  });
}

/** The path of a request target without its query; null for a target that is not a path (`*`, an absolute URL, a malformed one). */
export function pathOf(target: string | undefined): string | null {
  if (!target?.startsWith('/') || !URL.canParse(target, 'http://door')) return null;
  const path = new URL(target, 'http://door').pathname;
  return path === target.split(/[?#]/, 1)[0] ? path : null;
}
