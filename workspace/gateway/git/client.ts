import { request as httpRequest } from 'node:http';
import type { RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { judgeFailure } from './not-reached.ts';
import type { GitService, RepositoryKey } from './port.ts';
import { gitServicePath, gitServiceSchemas, WireError } from './service-schema.ts';
import type { GitServiceMethod } from './service-schema.ts';

export interface GitClientDeps {
  /** Where calls about a key are served (`unix:/path`, or an http(s) URL), in the order in which to try them; never empty. */
  serviceUrls(key: string): Promise<readonly string[]>;
  serviceKey: string;
  /** Longest wait for one answer; default 20 minutes, above the service's own limits. */
  timeoutMs?: number;
}

type Output<M extends GitServiceMethod> = z.output<(typeof gitServiceSchemas)[M]['output']>;

const resultEnvelope = z.object({ result: z.unknown() });

/**
 * The GitService of the gateways over HTTP: that of a project's for whatever is about it. Retries nothing that was sent: callers
 * are activities, which are retried. The service's DomainErrors arrive as they were thrown; no gateway is transient `gateway-unreachable`.
 */
export function createGitClient(deps: GitClientDeps): GitService {
  async function call<M extends GitServiceMethod>(method: M, key: string, input: unknown): Promise<Output<M>> {
    const { status, body } = await postToFirst(deps, key, `${gitServicePath}${method}`, JSON.stringify(input));
    const parsed = parseBody(body, status);
    if (status !== 200) throw toDomainError(parsed, status);
    const { result } = resultEnvelope.parse(parsed);
    return gitServiceSchemas[method].output.parse(result) as Output<M>;
  }

  return {
    inspect: (source) => call('inspect', source.url, source),
    projectFile: (input) => call('projectFile', projectOf(input), input),
    branchTip: (input) => call('branchTip', projectOf(input), input),
    prepareRun: (input) => call('prepareRun', projectOf(input), input),
    setupInputs: (input) => call('setupInputs', projectOf(input), input),
    finalise: (input) => call('finalise', projectOf(input), input),
    save: (input) => call('save', projectOf(input), input),
    diff: (input) => call('diff', projectOf(input), input),
    patch: (input) => call('patch', projectOf(input), input),
    file: (input) => call('file', projectOf(input), input),
    paths: (input) => call('paths', projectOf(input), input),
    publish: (input) => call('publish', projectOf(input), input),
    mergeLocal: (input) => call('mergeLocal', input.repositoryPath, input),
    dropRun: async (runId) => {
      await call('dropRun', runId, runId);
    },
  };
}

function projectOf({ tenantId, projectId }: RepositoryKey): string {
  return `${tenantId}/${projectId}`;
}

/** Which model upstream the gateways have (`demo` for the scripted one); null when none of them answers, each within two seconds. */
export async function readUpstreamName(serviceUrls: readonly string[]): Promise<string | null> {
  for (const serviceUrl of serviceUrls) {
    const name = await askUpstreamName(serviceUrl);
    if (name !== null) return name;
  }
  return null;
}

function askUpstreamName(serviceUrl: string): Promise<string | null> {
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

interface Answer {
  status: number;
  body: string;
}

/** Asks the gateways of a key one after the other, until one was reached: nothing was sent to those that were not. */
async function postToFirst(deps: GitClientDeps, key: string, path: string, body: string): Promise<Answer> {
  let last: unknown;
  for (const serviceUrl of await deps.serviceUrls(key)) {
    try {
      return await post(deps, serviceUrl, path, body);
    } catch (error) {
      if (!wasNotReached(error)) throw error;
      last = error;
    }
  }
  throw last;
}

function wasNotReached(error: unknown): boolean {
  return error instanceof DomainError && judgeFailure(error.cause).wasNotReached;
}

function post(deps: GitClientDeps, serviceUrl: string, path: string, body: string): Promise<Answer> {
  const { send, options } = target(serviceUrl, path);
  return new Promise((resolve, reject) => {
    function unreachable(cause: unknown): void {
      const message = `gateway: no answer at ${serviceUrl}: ${messageOf(judgeFailure(cause).reason)}; is the gateway running?`;
      reject(new DomainError('transient', 'gateway-unreachable', message, { cause }));
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
