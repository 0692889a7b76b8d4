import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { errorCodeOf } from '../../../config/error-code.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { LlmTimeouts, Upstream, UpstreamRequest, UpstreamResponse } from './upstream.ts';

/** Never passed on: hop-by-hop (RFC 9110 7.6.1), the workspace's own credentials, and what the client of this hop sets. */
const withheld = new Set([
  'authorization',
  'proxy-authorization',
  'proxy-connection',
  'cookie',
  'host',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'content-length',
  'accept-encoding',
  'x-api-key',
]);

export interface HttpUpstreamOptions {
  name: string;
  /** Base URL; its `/v1` may be there or not, the rest of the path is unchanged. */
  baseUrl: string;
  /** The real key, added here and nowhere else; null for a server that wants none. */
  apiKey: string | null;
  timeouts: LlmTimeouts;
}

/** Any OpenAI-compatible server. Answers are asked for unencoded, so that their bytes can be metered on the side. */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const secure = new URL(options.baseUrl).protocol === 'https:';
  const agent = secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  const open = (request: UpstreamRequest, way: http.Agent | false) =>
    (secure ? https : http).request(upstreamUrl(options.baseUrl, request.path), {
      method: request.method,
      agent: way,
      headers: outgoingHeaders(request, options.apiKey),
    });
  return {
    name: options.name,
    async send(request) {
      const outgoing = open(request, agent);
      try {
        return await sendOnce(options, request, outgoing);
      } catch (error) {
        if (!wasClosedIdle(outgoing, error) || request.signal.aborted) throw asUpstreamError(options.name, error);
      }
      try {
        return await sendOnce(options, request, open(request, false));
      } catch (error) {
        throw asUpstreamError(options.name, error);
      }
    },
  };
}

/** A server may close a connection that was kept at the very moment at which it is used again: nobody read that call. */
function wasClosedIdle(outgoing: http.ClientRequest, error: unknown): boolean {
  return outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCodeOf(error) ?? '');
}

/** Joins base and path without doubling `/v1`. */
function upstreamUrl(baseUrl: string, path: string): URL {
  const base = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  return new URL(base + path);
}

function outgoingHeaders(request: UpstreamRequest, apiKey: string | null): OutgoingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) if (!withheld.has(name)) headers[name] = value;
  return {
    ...headers,
    'accept-encoding': 'identity',
    ...(request.body ? { 'content-length': request.body.length } : {}),
    ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  };
}

function sendOnce(options: HttpUpstreamOptions, request: UpstreamRequest, outgoing: http.ClientRequest): Promise<UpstreamResponse> {
  const { name, timeouts } = options;
  const { signal, onSent } = request;
  const answered = new Promise<UpstreamResponse>((resolve, reject) => {
    let timer = setTimeout(() => outgoing.destroy(timedOut(name, 'connection', timeouts.connectMs)), timeouts.connectMs);
    const awaitFirstByte = () => {
      onSent();
      clearTimeout(timer);
      timer = setTimeout(() => outgoing.destroy(timedOut(name, 'first byte', timeouts.firstByteMs)), timeouts.firstByteMs);
    };
    const abort = () => outgoing.destroy(new DomainError('transient', 'client-aborted', 'The workspace gave the call up.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) awaitFirstByte();
      else socket.once(options.baseUrl.startsWith('https:') ? 'secureConnect' : 'connect', awaitFirstByte);
    });
    outgoing.on('response', (incoming) => {
      clearTimeout(timer);
      watchIdle(incoming, name, timeouts.idleMs);
      resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: incoming });
    });
    outgoing.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
    outgoing.on('error', reject);
  });
  // Not among the listeners, which would hold the body for as long as the answer lasts.
  outgoing.end(request.body ?? undefined);
  return answered;
}

/** Ends an answer that says nothing for `idleMs`; a reader that is slow itself does not count as silence. */
function watchIdle(incoming: IncomingMessage, name: string, idleMs: number): void {
  const { socket } = incoming;
  const expire = () => {
    if (socket.isPaused()) socket.setTimeout(idleMs);
    else incoming.destroy(timedOut(name, 'next byte', idleMs));
  };
  socket.setTimeout(idleMs);
  socket.on('timeout', expire);
  incoming.once('close', () => {
    socket.removeListener('timeout', expire);
    socket.setTimeout(0);
  });
}

function timedOut(name: string, what: string, limitMs: number): DomainError {
  return new DomainError(
    'transient',
    'upstream-timeout',
    `The model server "${name}" gave no ${what} within ${limitMs} ms. Try again, or raise LLM_TIMEOUT_MS.`,
    {
      details: { upstream: name, limitMs },
    },
  );
}

function asUpstreamError(name: string, error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError(
    'transient',
    'upstream-unreachable',
    `The model server "${name}" could not be reached: ${messageOf(error)}. Check its URL and whether it runs.`,
    {
      cause: error,
      details: { upstream: name },
    },
  );
}
