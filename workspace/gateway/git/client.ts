import { request as httpRequest } from 'node:http';
import type { RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { GitService } from './port.ts';
import { gitServicePath, gitServiceSchemas, WireError } from './service-schema.ts';
import type { GitServiceMethod } from './service-schema.ts';

export interface GitClientDeps {
  /** `unix:/path/to/service.sock`, or an http(s) URL. */
  serviceUrl: string;
  serviceKey: string;
  /** Longest wait for one answer; default 20 minutes, above the service's own limits. */
  timeoutMs?: number;
}

type Output<M extends GitServiceMethod> = z.output<(typeof gitServiceSchemas)[M]['output']>;

const resultEnvelope = z.object({ result: z.unknown() });

/**
 * The gateway's GitService over HTTP. Retries nothing: callers are activities, which are retried. The service's DomainErrors
 * arrive as they were thrown; no gateway is transient `gateway-unreachable`.
 */
export function createGitClient(deps: GitClientDeps): GitService {
  async function call<M extends GitServiceMethod>(method: M, input: unknown): Promise<Output<M>> {
    const { status, body } = await post(deps, `${gitServicePath}${method}`, JSON.stringify(input));
    const parsed = parseBody(body, status);
    if (status !== 200) throw toDomainError(parsed, status);
    const { result } = resultEnvelope.parse(parsed);
    return gitServiceSchemas[method].output.parse(result) as Output<M>;
  }

  return {
    inspect: (source) => call('inspect', source),
    projectFile: (input) => call('projectFile', input),
    prepareRun: (input) => call('prepareRun', input),
    setupInputs: (input) => call('setupInputs', input),
    finalise: (input) => call('finalise', input),
    save: (input) => call('save', input),
    diff: (input) => call('diff', input),
    patch: (input) => call('patch', input),
    file: (input) => call('file', input),
    paths: (input) => call('paths', input),
    publish: (input) => call('publish', input),
    mergeLocal: (input) => call('mergeLocal', input),
    dropRun: async (runId) => {
      await call('dropRun', runId);
    },
  };
}

/** Which model upstream the gateway has (`demo` for the scripted one); null when it does not answer within two seconds. */
export function readUpstreamName(serviceUrl: string): Promise<string | null> {
  const { send, options } = target(serviceUrl, '/healthz');
  return new Promise((resolve) => {
    const request = send({ ...options, method: 'GET', agent: false, signal: AbortSignal.timeout(2_000) });
    request.on('error', () => resolve(null));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(null));
      response.on('end', () => resolve(upstreamIn(Buffer.concat(chunks).toString('utf8'))));
    });
    request.end();
  });
}

function upstreamIn(body: string): string | null {
  try {
    return z.object({ upstream: z.string() }).parse(JSON.parse(body)).upstream;
  } catch {
    return null;
  }
}

function post(deps: GitClientDeps, path: string, body: string): Promise<{ status: number; body: string }> {
  const { send, options } = target(deps.serviceUrl, path);
  return new Promise((resolve, reject) => {
    function unreachable(cause: unknown): void {
      reject(
        new DomainError(
          'transient',
          'gateway-unreachable',
          `gateway: no answer at ${deps.serviceUrl}: ${messageOf(cause)}; is the gateway running?`,
          {
            cause,
          },
        ),
      );
    }
    const headers = {
      authorization: `Bearer ${deps.serviceKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    // A connection a call: a kept one may be dead after the gateway was restarted, and nothing is retried here.
    const request = send({ ...options, method: 'POST', headers, agent: false, signal: AbortSignal.timeout(deps.timeoutMs ?? 20 * 60_000) });
    request.on('error', unreachable);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', unreachable);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end(body);
  });
}

function target(serviceUrl: string, path: string): { send: typeof httpRequest; options: RequestOptions } {
  if (serviceUrl.startsWith('unix:')) return { send: httpRequest, options: { socketPath: serviceUrl.slice('unix:'.length), path } };
  const url = new URL(path, serviceUrl);
  const options = { host: url.hostname, port: url.port, path: url.pathname };
  return { send: url.protocol === 'https:' ? httpsRequest : httpRequest, options };
}

function parseBody(body: string, status: number): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DomainError(
      'transient',
      'gateway-unreachable',
      `gateway: status ${status} without JSON; does GATEWAY_SERVICE_URL name the gateway?`,
      { cause },
    );
  }
}

function toDomainError(body: unknown, status: number): DomainError {
  const parsed = WireError.safeParse(body);
  if (!parsed.success) {
    return new DomainError(
      'transient',
      'gateway-unreachable',
      `gateway: status ${status} of an unknown shape; does GATEWAY_SERVICE_URL name the gateway?`,
    );
  }
  const { kind, code, message, details } = parsed.data;
  return new DomainError(kind, code, message, { details });
}
