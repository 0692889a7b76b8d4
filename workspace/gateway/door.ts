import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../config/logger.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { bearerToken, pathOf, sendError, sendJson } from './http.ts';
import { openAiError } from './llm/refusal.ts';
import type { Share, Shares } from './shares.ts';
import { verifyRunToken, type RunTokenClaims } from './token.ts';
import type { WorkspaceGrant, WorkspaceResolver } from './workspace-resolver.ts';

/** Serves one request of a workspace at work. Rejecting is answered with 500 and logged. */
export type DoorRoute = (request: IncomingMessage, response: ServerResponse, grant: WorkspaceGrant) => Promise<void>;

export interface DoorOptions {
  /** The present key, then those before it. */
  runTokenKeys: readonly string[];
  resolver: WorkspaceResolver;
  shares: Shares;
  /** `/v1/*` */
  llm: DoorRoute;
  /** `/git/run.git/*`, the run's own repository */
  git: DoorRoute;
  /** `/files/*` */
  files: DoorRoute;
  /** `/secrets/*` */
  secrets: DoorRoute;
  /** `/setup/*` */
  setup: DoorRoute;
  /** `CONNECT host:port` */
  egress(request: IncomingMessage, socket: Duplex, head: Buffer, grant: WorkspaceGrant): Promise<void>;
  /** How often it is asked whether the run of an open tunnel is still at work, ms; for tests. */
  askAgainEveryMs?: number;
  logger: Logger;
}

const askAgainEveryMs = 15_000;

/** A status that is tried again. */
const busy: Refused = {
  status: 503,
  code: 'workspace-busy',
  message: 'This workspace has as much under way at the gateway as it may. Try again when some of it is done.',
};

/** Why the door stayed shut. */
interface Refused {
  status: number;
  code: string;
  message: string;
}

/**
 * The one door out of a workspace: authenticates the run token, reads whose it is, and serves six routes. Everything else
 * is refused with `{code, message}`; refusals under `/v1/` have OpenAI's shape and status 400, which ends an agent's turn at
 * once. Not listening yet.
 */
export function createDoor(options: DoorOptions): http.Server {
  const server = http.createServer({ requestTimeout: 0, headersTimeout: 30_000, keepAliveTimeout: 60_000 }, (request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    serve(options, request, response).catch((error: unknown) => {
      options.logger.error('door request failed', { path: pathOf(request.url), error: messageOf(error) });
      sendError(response, 500, 'gateway-error', 'The gateway failed to serve this request. Try again; its log tells more.');
    });
  });
  server.on('connect', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    connect(options, request, socket, head).catch((error: unknown) => {
      options.logger.error('door tunnel failed', { target: request.url, error: messageOf(error) });
      refuseTunnel(socket, request.url, { status: 500, code: 'gateway-error', message: 'The gateway failed to open this tunnel.' });
    });
  });
  return server;
}

async function serve(options: DoorOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathOf(request.url);
  if (path === null) return sendError(response, 400, 'malformed-target', 'The request target is not a plain path.');
  const route = routeOf(options, path);
  if (!route) return sendError(response, 404, 'unknown-route', 'The gateway has no such route.');
  const admitted = await admit(options, request.headers.authorization ?? request.headers['proxy-authorization'], route.share);
  if ('grant' in admitted) {
    const { grant, giveBack } = admitted;
    // It hung up while it was asked whose it is.
    if (response.closed) return giveBack();
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const work = route.serve(request, response, grant);
    // Hanging up ends no work by itself, and what is not sent yet takes memory.
    void Promise.allSettled([work, closed]).then(giveBack);
    return work;
  }
  const { status, code, message } = admitted;
  // Codex retries a 403 and takes a 400 as final; what may pass (5xx) keeps its status so that it is retried.
  if (path.startsWith('/v1/')) sendJson(response, status < 500 ? 400 : status, openAiError({ status, code, message }));
  else sendError(response, status, code, message);
}

function routeOf(options: DoorOptions, path: string): { serve: DoorRoute; share: Share } | null {
  if (path.startsWith('/v1/')) return { serve: options.llm, share: 'llm' };
  if (path.startsWith('/git/run.git/')) return { serve: options.git, share: 'git' };
  if (path.startsWith('/files/')) return { serve: options.files, share: 'files' };
  if (path.startsWith('/secrets/')) return { serve: options.secrets, share: 'files' };
  if (path.startsWith('/setup/')) return { serve: options.setup, share: 'files' };
  return null;
}

async function connect(options: DoorOptions, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const admitted = await admit(options, request.headers['proxy-authorization'] ?? request.headers.authorization, 'egress');
  if (!('grant' in admitted)) return refuseTunnel(socket, request.url, admitted);
  const { grant, claims, giveBack } = admitted;
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      await endWithItsRun(options, socket, claims, grant);
    } catch (error) {
      // It stays for as long as nobody knows.
      options.logger.warn('door could not read whose a tunnel is', { workspaceId: grant.workspaceId, error: messageOf(error) });
    } finally {
      isAsking = false;
    }
  };
  const asking = setInterval(() => void ask(), options.askAgainEveryMs ?? askAgainEveryMs);
  const over = () => {
    clearInterval(asking);
    giveBack();
  };
  if (socket.destroyed) return over();
  socket.once('close', over);
  return options.egress(request, socket, head, grant);
}

/** Whatever a run, or the setup of a workspace that now waits, has left behind has no way out any more. */
async function endWithItsRun(
  { resolver, logger }: DoorOptions,
  socket: Duplex,
  claims: RunTokenClaims,
  grant: WorkspaceGrant,
): Promise<void> {
  const row = await resolver.resolve(claims);
  if (row?.state === 'active' && row.runId === grant.runId) return;
  logger.info('egress tunnel ended with its run', { workspaceId: grant.workspaceId, runId: grant.runId });
  socket.destroy();
}

async function admit(
  options: DoorOptions,
  header: string | undefined,
  share: Share,
): Promise<{ grant: WorkspaceGrant; claims: RunTokenClaims; giveBack: () => void } | Refused> {
  const token = bearerToken(header);
  if (!token) return { status: 401, code: 'run-token-missing', message: 'The gateway wants the run token as a bearer.' };
  let claims: RunTokenClaims;
  try {
    claims = await verifyRunToken(options.runTokenKeys, token);
  } catch (error) {
    const { code, message } = error instanceof DomainError ? error : { code: 'run-token-invalid', message: messageOf(error) };
    return { status: 401, code, message };
  }
  try {
    const row = await options.resolver.resolve(claims);
    if (row?.state === 'active' && row.runId !== null) {
      const giveBack = options.shares.take(row.workspaceId, share);
      const grant = { ...row, state: row.state, runId: row.runId, setupKey: claims.setupKey ?? null };
      return giveBack ? { grant, claims, giveBack } : busy;
    }
    if (row?.state === 'ended' || !row)
      return { status: 403, code: 'workspace-unknown', message: 'The workspace of this run token has ended.' };
    return {
      status: 403,
      code: 'workspace-idle',
      message: 'No run is at work in this workspace. Send a message to the request to start one.',
    };
  } catch (error) {
    options.logger.error('door could not read the workspace', { error: messageOf(error) });
    return {
      status: 503,
      code: 'database-unavailable',
      message: 'The gateway could not read whose workspace this is. It is safe to try again.',
    };
  }
}

/** Answers CONNECT with an error document in the same form as egress refusals, and closes. */
export function refuseTunnel(socket: Duplex, target: string | undefined, refused: Refused): void {
  if (socket.destroyed || !socket.writable) return;
  const [host = '', port = ''] = (target ?? '').split(/:(?=\d*$)/);
  const body = JSON.stringify({ code: refused.code, host, port: Number(port) || 0, reason: refused.message });
  finish(
    socket,
    `HTTP/1.1 ${refused.status} ${http.STATUS_CODES[refused.status] ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Sends the last bytes and closes, also for a peer that never closes its side (a second after the last byte) or never reads. */
export function finish(socket: Duplex, bytes = ''): void {
  const destroyIn = (delayMs: number) => setTimeout(() => socket.destroy(), delayMs).unref();
  socket.end(bytes, () => destroyIn(1_000));
  socket.resume();
  destroyIn(300_000);
}
