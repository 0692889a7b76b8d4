import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { pathOf, sendJson } from '../http.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import { createBodies, type Bodies, type HeldBody } from './bodies.ts';
import type { CallLedger, CallSettlement } from './call-ledger.ts';
import { readModelBody, refuseModelBody } from './model-body.ts';
import { openAiError, refuseModelCall, type ModelAllowlist, type Refusal } from './refusal.ts';
import { createStreamMeter, usageOfDocument, type StreamSummary } from './sse-usage.ts';
import { boundOf, countedTokens, type CallBound, type CallProgress } from './reservation.ts';
import type { Upstream, UpstreamResponse } from './upstream.ts';

const maxMeteredDocumentBytes = 4 * 1024 * 1024;
const withheldFromWorkspace = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'set-cookie',
  'proxy-authenticate',
]);

export interface LlmHandlerOptions {
  upstream: Upstream;
  ledger: CallLedger;
  allowlist: ModelAllowlist;
  logger: Logger;
  /** Pause between attempts to settle a call, in milliseconds. */
  settleRetryMs?: number;
}

export interface LlmHandler {
  /** Serves `POST /v1/responses` and `GET /v1/models` of a workspace at work. */
  handle(request: IncomingMessage, response: ServerResponse, grant: WorkspaceGrant): Promise<void>;
  /** Resolves once every call under way has ended and is settled. */
  drain(): Promise<void>;
}

/** The model door: one upstream, metered on the side, its bytes untouched. */
export function createLlmHandler(options: LlmHandlerOptions): LlmHandler {
  const bodies = createBodies();
  const active = new Set<Promise<void>>();
  const settling = new Set<Promise<void>>();

  async function handle(request: IncomingMessage, response: ServerResponse, grant: WorkspaceGrant): Promise<void> {
    const path = pathOf(request.url);
    if (request.method === 'GET' && path === '/v1/models') return forward(options, { request, response, body: null }, null);
    if (request.method !== 'POST' || path !== '/v1/responses') {
      return refuse(response, {
        status: 404,
        code: 'unknown-route',
        message: 'The gateway serves POST /v1/responses and GET /v1/models only.',
      });
    }
    const body = await holdBody(bodies, request, grant);
    if ('refusal' in body) return refuse(response, body.refusal);
    return callModel({ request, response, body }, grant).finally(() => body.letGo());
  }

  async function callModel(exchange: Exchange & { body: HeldBody }, grant: WorkspaceGrant): Promise<void> {
    const { body, response } = exchange;
    const read = readCall(options, body.bytes, grant);
    if ('refusal' in read) return refuse(response, read.refusal);
    const { bound } = read;
    const opened = await openCall(options, grant, read);
    if ('refusal' in opened) return refuse(response, opened.refusal);
    await forward(options, exchange, (ended) => {
      const { answerBytes, isSent, ...rest } = ended;
      const settlement = { ...rest, countedTokens: countedTokens(bound, rest, { answerBytes, isSent }) };
      const work = settle(options, grant, opened.callId, settlement).finally(() => settling.delete(work));
      settling.add(work);
    });
  }

  return {
    handle(request, response, grant) {
      const work = handle(request, response, grant).finally(() => active.delete(work));
      active.add(work);
      return work;
    },
    async drain() {
      await Promise.allSettled(active);
      await Promise.all(settling);
    },
  };
}

/** How a call ended, before it is said what it counts for. */
type EndedCall = Omit<CallSettlement, 'countedTokens'> & CallProgress;

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  body: HeldBody | null;
}

async function holdBody(bodies: Bodies, request: IncomingMessage, grant: WorkspaceGrant): Promise<HeldBody | { refusal: Refusal }> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return {
      refusal: { status: 400, code: 'encoding-unsupported', message: 'The gateway takes model calls without content encoding only.' },
    };
  }
  try {
    return await bodies.read(request, grant.workspaceId);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { refusal: { status: 400, code: error.code, message: error.message } };
  }
}

/** What a call that this workspace may make is. What its body was parsed to is let go of: it may be many times as large as the bytes. */
function readCall(
  { allowlist }: LlmHandlerOptions,
  bytes: Buffer,
  grant: WorkspaceGrant,
): { model: string; bound: CallBound } | { refusal: Refusal } {
  const read = readModelBody(bytes);
  if ('refusal' in read) return read;
  const { body } = read;
  const refusal = refuseModelCall(grant, body.model, allowlist) ?? refuseModelBody(body);
  return refusal ? { refusal } : { model: body.model, bound: boundOf(bytes, body) };
}

async function openCall(
  { ledger, upstream, logger }: LlmHandlerOptions,
  grant: WorkspaceGrant,
  call: { model: string; bound: CallBound },
): Promise<{ callId: string } | { refusal: Refusal }> {
  try {
    return await ledger.open(grant, { ...call, upstream: upstream.name });
  } catch (error) {
    logger.error('model call could not be recorded', { workspaceId: grant.workspaceId, error: messageOf(error) });
    return {
      refusal: {
        status: 503,
        code: 'ledger-unavailable',
        message: 'The gateway could not record the model call, so it was not made. It is safe to try again.',
      },
    };
  }
}

async function forward(
  { upstream, logger }: LlmHandlerOptions,
  exchange: Exchange,
  onEnded: ((ended: EndedCall) => void) | null,
): Promise<void> {
  const { request, response, body } = exchange;
  const abort = new AbortController();
  let broken: 'by client' | 'by upstream' | null = null;
  response.once('close', () => {
    broken ??= 'by client';
    abort.abort();
  });
  if (response.destroyed) abort.abort();
  const progress: CallProgress & Pick<CallSettlement, 'status' | 'firstByteAtMs'> = {
    status: null,
    firstByteAtMs: null,
    isSent: false,
    answerBytes: 0,
  };
  const end = (outcome: Pick<CallSettlement, 'state' | 'error' | 'usage'>) => onEnded?.({ ...progress, ...outcome });
  let answer: UpstreamResponse;
  try {
    const method = body ? 'POST' : 'GET';
    const onSent = () => void (progress.isSent = true);
    const call = { method, path: request.url ?? '', headers: request.headers, signal: abort.signal, onSent } as const;
    answer = await upstream.send({ ...call, body: body?.bytes ?? null });
    // An answer may last for long, and whoever reads it for ever.
    body?.letGo();
  } catch (error) {
    const { code, message } = describe(error);
    const aborted = abort.signal.aborted;
    end({ state: aborted ? 'aborted' : 'failed', error: code, usage: null });
    if (aborted) return;
    logger.warn('model call failed before an answer', { upstream: upstream.name, code, error: message });
    return refuse(response, { status: code === 'upstream-timeout' ? 504 : 502, code, message });
  }
  progress.status = answer.status;
  const meter = meterOf(answer);
  answer.body.once('error', () => (broken ??= 'by upstream'));
  answer.body.on('data', (chunk: Buffer) => {
    progress.firstByteAtMs ??= Date.now();
    progress.answerBytes += chunk.length;
    meter.push(chunk);
  });
  response.writeHead(answer.status, headersForWorkspace(answer.headers));
  response.flushHeaders();
  try {
    await pipeline(answer.body, response);
    end(outcomeOf(answer.status, meter.summary(), null));
  } catch (error) {
    const aborted = broken !== 'by upstream';
    const code = aborted ? 'client-aborted' : describe(error).code;
    end(outcomeOf(answer.status, meter.summary(), { aborted, code }));
    if (!aborted) logger.warn('model answer broke off', { upstream: upstream.name, code, error: messageOf(error) });
  }
}

/** Codex hangs up once it has read `response.completed`: such a call is complete however its connection ended. */
function outcomeOf(
  status: number,
  summary: StreamSummary,
  broken: { aborted: boolean; code: string } | null,
): Pick<CallSettlement, 'state' | 'error' | 'usage'> {
  const { ended, usage } = summary;
  if (status >= 400) return { state: 'failed', error: summary.error ?? `http-${status}`, usage };
  if (ended === 'failed') return { state: 'failed', error: summary.error ?? 'response-failed', usage };
  if (ended !== null) return { state: 'completed', error: null, usage };
  if (broken) return { state: broken.aborted ? 'aborted' : 'failed', error: broken.code, usage };
  return { state: 'failed', error: 'stream-incomplete', usage };
}

interface Meter {
  push(chunk: Buffer): void;
  summary(): StreamSummary;
}

function meterOf(answer: UpstreamResponse): Meter {
  const type = String(answer.headers['content-type'] ?? '');
  const encoded = (answer.headers['content-encoding'] ?? 'identity') !== 'identity';
  if (type.startsWith('text/event-stream') && !encoded) return createStreamMeter();
  return documentMeter(encoded);
}

function documentMeter(encoded: boolean): Meter {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      size += chunk.length;
      if (size <= maxMeteredDocumentBytes) chunks.push(chunk);
    },
    summary: () => ({
      ended: 'completed',
      error: null,
      usage: encoded || size > maxMeteredDocumentBytes ? null : usageOfDocument(Buffer.concat(chunks)),
    }),
  };
}

function headersForWorkspace(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !withheldFromWorkspace.has(name)));
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  return { code: 'upstream-broke', message: messageOf(error) };
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  sendJson(response, refusal.status, openAiError(refusal));
}

/** A call's end must reach the book: tried for a while, since the database may be restarting. */
async function settle(options: LlmHandlerOptions, grant: WorkspaceGrant, callId: string, settlement: CallSettlement): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    try {
      return await options.ledger.settle(grant, callId, settlement);
    } catch (error) {
      options.logger.error('model call could not be settled', { callId, attempt, state: settlement.state, error: messageOf(error) });
      await new Promise((resolve) => setTimeout(resolve, (options.settleRetryMs ?? 500) * attempt));
    }
  }
}
