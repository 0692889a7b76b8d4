import { v7 as uuid } from 'uuid';
import { ApiError, createApiClient, followEvents, unwrap, uploadAttachment, type ApiClient } from '../api/client/index.ts';
import { StreamRefused } from '../api/client/follow.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import type { LogEvent } from '../workflows/contracts/events.ts';
import type { CliClient, EventsInput, NewRequest, RequestQuery } from './client.ts';
import type { Address } from './environment.ts';

const pageSize = 500;
const answerWithinMs = 60_000;

/**
 * The commands' client over the API's typed client; failures become DomainErrors that carry the HTTP status. `onWarning` is told
 * once of what the installation wants its people to keep in mind.
 */
export function createCliClient(address: Address, onWarning: (warning: string) => void = () => undefined): CliClient {
  const options = { baseUrl: address.url, token: address.token };
  const api = createApiClient({ ...options, fetch: listening(onWarning) });
  const keyed = (requestId: string) => ({ params: { path: { requestId }, header: { 'Idempotency-Key': uuid() } } });
  const ask = <T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> =>
    translated(address.url, () => unwrap(call));

  async function submit(input: NewRequest) {
    const { files, idempotencyKey, ...body } = input;
    const attachments = [];
    for (const file of files) {
      const uploaded = await translated(address.url, () => uploadAttachment(options, file));
      attachments.push({ artifactId: uploaded.artifactId, name: file.name, mediaType: file.mediaType });
    }
    return ask(api.POST('/api/requests', { params: { header: { 'Idempotency-Key': idempotencyKey } }, body: { ...body, attachments } }));
  }

  async function* events(requestId: string, input: EventsInput): AsyncGenerator<LogEvent> {
    if (input.follow) {
      yield* translatedStream(
        address.url,
        followEvents({ ...options, requestId, afterSeq: input.afterSeq, signal: input.signal, onConnection: input.onConnection }),
      );
      return;
    }
    let afterSeq = input.afterSeq;
    for (;;) {
      const page = await ask(
        api.GET('/api/requests/{requestId}/events', {
          params: { path: { requestId }, query: { afterSeq, limit: pageSize } },
          signal: input.signal,
        }),
      );
      // The document's union and the contract's are the same type, written twice by the generator.
      yield* page.items as unknown as LogEvent[];
      if (!page.more) return;
      afterSeq = page.lastSeq;
    }
  }

  return {
    url: address.url,
    submit,
    events,
    async listProjects() {
      const projects = [];
      let cursor: string | undefined;
      do {
        const page = await ask(api.GET('/api/projects', { params: { query: { limit: 100, cursor } } }));
        projects.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return projects;
    },
    createProject: (body) => ask(api.POST('/api/projects', { params: { header: { 'Idempotency-Key': uuid() } }, body })),
    ...secretCalls(api, ask),
    getRequest: (requestId) => ask(api.GET('/api/requests/{requestId}', { params: { path: { requestId } } })),
    listRequests: (query: RequestQuery) => ask(api.GET('/api/requests', { params: { query } })),
    chat: (requestId, text) =>
      ask(api.POST('/api/requests/{requestId}/messages', { ...keyed(requestId), body: { kind: 'chat', text, attachments: [] } })),
    amend: (requestId, subjectId, text) =>
      ask(
        api.POST('/api/requests/{requestId}/messages', { ...keyed(requestId), body: { kind: 'amend', text, subjectId, attachments: [] } }),
      ),
    decide: (requestId, body) => ask(api.POST('/api/requests/{requestId}/decisions', { ...keyed(requestId), body })),
    answer: (requestId, body) => ask(api.POST('/api/requests/{requestId}/answer', { ...keyed(requestId), body })),
    cancel: (requestId, reason) => ask(api.POST('/api/requests/{requestId}/cancel', { ...keyed(requestId), body: { reason } })),
    retry: (requestId, comment) => ask(api.POST('/api/requests/{requestId}/retry', { ...keyed(requestId), body: { comment } })),
    withdraw: (requestId, messageId) => {
      const { header } = keyed(requestId).params;
      return ask(api.DELETE('/api/requests/{requestId}/messages/{messageId}', { params: { path: { requestId, messageId }, header } }));
    },
    merge: (requestId, subjectId) => ask(api.POST('/api/requests/{requestId}/merge', { ...keyed(requestId), body: { subjectId } })),
    rehydrate: async (requestIds) => {
      const body = requestIds.length > 0 ? { requestIds: [...requestIds] } : {};
      return (await ask(api.POST('/api/rehydrate', { body }))).items;
    },
    diff: (runId, against) => ask(readPatch(api, runId, against)),
  };
}

/** The calls about a project's secrets. */
function secretCalls(
  api: ApiClient,
  ask: <T>(call: Promise<{ data?: T; error?: unknown; response: Response }>) => Promise<T>,
): Pick<CliClient, 'listProjectSecrets' | 'setProjectSecret' | 'removeProjectSecret'> {
  return {
    listProjectSecrets: async (projectId) =>
      (await ask(api.GET('/api/projects/{projectId}/secrets', { params: { path: { projectId } } }))).items,
    setProjectSecret: (projectId, name, value) =>
      ask(api.PUT('/api/projects/{projectId}/secrets/{name}', { params: { path: { projectId, name } }, body: { value } })),
    removeProjectSecret: (projectId, name) =>
      ask(api.DELETE('/api/projects/{projectId}/secrets/{name}', { params: { path: { projectId, name } } })),
  };
}

/** The document says that a diff is JSON; with this `accept` it is the patch. */
function readPatch(api: ApiClient, runId: string, against: string | undefined) {
  const params = { path: { runId }, query: { against } };
  const call = api.GET('/api/runs/{runId}/diff', { params, headers: { accept: 'text/x-patch' }, parseAs: 'text' });
  return call as Promise<{ data?: string; error?: unknown; response: Response }>;
}

/** Asks in time, and hands over the warning that answers carry, once. */
function listening(onWarning: (warning: string) => void): (request: Request) => Promise<Response> {
  let warned = false;
  return async (request) => {
    const response = await fetchInTime(request);
    const warning = response.headers.get('astraforge-warning');
    if (warning !== null && !warned) onWarning(warning);
    warned ||= warning !== null;
    return response;
  };
}

/** A call that nobody answers ends; streams are followed without it, they have a watchdog of their own. */
function fetchInTime(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(answerWithinMs)]) });
}

async function translated<T>(url: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(url, error);
  }
}

async function* translatedStream<T>(url: string, source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw translate(url, error);
  }
}

/** A refusal keeps the API's code and words; fetch's own failure means that nobody answered. */
function translate(url: string, error: unknown): unknown {
  if (error instanceof ApiError) {
    const named = error.problem?.errors?.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
    return new DomainError('permanent', error.code, named ? `${error.message} (${named})` : error.message, {
      cause: error,
      details: { ...error.problem?.details, status: error.status },
    });
  }
  if (error instanceof StreamRefused)
    return new DomainError('permanent', 'stream-refused', error.message, { details: { status: error.status } });
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new DomainError(
      'transient',
      'unreachable',
      `${url} gave no answer within ${answerWithinMs / 1000} s: see the logs of the api process`,
    );
  }
  if (error instanceof TypeError) {
    const cause = error.cause === undefined ? messageOf(error) : messageOf(error.cause);
    return new DomainError('transient', 'unreachable', `nothing answers at ${url} (${cause}): start the system with "npm start"`, {
      cause: error,
    });
  }
  return error;
}
