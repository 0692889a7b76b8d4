import createFetchClient, { type Client } from 'openapi-fetch';
import type { Problem } from '../schemas/common.ts';
import type { components, paths } from './schema.d.ts';

export { followEvents, followRequests, type FollowOptions, readStream, StreamRefused } from './follow.ts';
export type { components, paths };

/** Component types of the API's document: `Schemas['RequestDetail']` and so on. */
export type Schemas = components['schemas'];

export type ApiClient = Client<paths>;

export interface ClientOptions {
  /** Origin of the API, without a path. */
  baseUrl: string;
  /** Start-up token; left out in a browser, where the session cookie does it. */
  token?: string;
  fetch?: (request: Request) => Promise<Response>;
}

/** A client whose every path, body and answer is typed from the API's own document (openapi-fetch). */
export function createApiClient(options: ClientOptions): ApiClient {
  return createFetchClient<paths>({
    baseUrl: options.baseUrl,
    ...(options.token ? { headers: { authorization: `Bearer ${options.token}` } } : {}),
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
}

/** A refusal of the API: `code` is stable, `message` a sentence for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null) {
    super(problem?.detail ?? `the API answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem?.code ?? `http-${status}`;
    this.problem = problem;
  }
}

/** The data of an answer, or an ApiError with the problem that it carried. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (data !== undefined && error === undefined) return data;
  throw new ApiError(response.status, isProblem(error) ? error : null);
}

/** Uploads one file for a prompt or message; the answer is what `attachments` of those takes. */
export async function uploadAttachment(
  options: ClientOptions,
  file: { name: string; mediaType: string; bytes: Uint8Array<ArrayBuffer> | Blob },
): Promise<Schemas['AttachmentRef']> {
  const url = new URL(`/api/attachments?name=${encodeURIComponent(file.name)}`, options.baseUrl);
  const headers = { 'content-type': file.mediaType, ...(options.token ? { authorization: `Bearer ${options.token}` } : {}) };
  const send = options.fetch ?? fetch;
  const response = await send(new Request(url, { method: 'POST', headers, body: file.bytes }));
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as Schemas['AttachmentRef'];
  throw new ApiError(response.status, isProblem(answer) ? answer : null);
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}
