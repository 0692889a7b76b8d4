import { data } from '@remix-run/react';
import { type ApiClient, createApiClient, type Schemas } from '../../../api/client/index.ts';

export type { ApiClient, Schemas };

/** RFC 9457 problem details as the API answers them. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: { path: string; message: string }[];
}

/** What a call of the typed client resolves to. */
export interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** A call that went well, or the problem that the API named: for actions and for calls from the browser. */
export type Outcome<T> = { ok: true; data: T } | { ok: false; problem: Problem };

/** Tells success and refusal of a call apart without throwing. */
export function outcome<T>({ data: body, error, response }: Answer<T>): Outcome<T> {
  if (response.ok) return { ok: true, data: body as T };
  return { ok: false, problem: problemOf(error, response.status) };
}

/** The data of an answer. For loaders: a refusal is thrown as a response, which the error boundary shows by `ErrorPanel`. */
export function unwrap<T>(answer: Answer<T>): T {
  const result = outcome(answer);
  if (result.ok) return result.data;
  throw data(result.problem, { status: result.problem.status });
}

/** The problem in an answer's body; one in our own words where the body is none. */
export function problemOf(body: unknown, status: number): Problem {
  if (isProblem(body)) return body;
  return { title: 'The API did not answer as expected', status, detail: `It answered ${status}. Try again.`, code: `http-${status}` };
}

/** True for problem details. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value && typeof value.detail === 'string';
}

let client: ApiClient | null = null;

/** The typed client for code that runs in the browser: same origin, signed in by the cookie. A failing network rejects with TypeError. */
export function browserApi(): ApiClient {
  client ??= createApiClient({ baseUrl: window.location.origin });
  return client;
}
