import { type Outcome, problemOf } from '~/lib/api.ts';
import { apiOrigin } from '~/lib/api.server.ts';

/** The Set-Cookie of a new session for the start-up token. */
export async function openSession(token: string): Promise<Outcome<string>> {
  const query = new URLSearchParams({ token });
  const response = await fetch(new URL(`/sign-in?${query.toString()}`, apiOrigin()), { redirect: 'manual' });
  const cookie = response.headers.get('set-cookie');
  if (response.status === 303 && cookie !== null) return { ok: true, data: cookie };
  const problem = problemOf(await response.json().catch(() => null), response.status);
  if (problem.status !== 401) return { ok: false, problem };
  const detail = 'This is not the token of this installation. Take the one that the start printed last.';
  return { ok: false, problem: { ...problem, title: 'Wrong token', detail } };
}

/** True when the browser's session holds. */
export async function visitorIsSignedIn(request: Request): Promise<boolean> {
  const cookie = request.headers.get('cookie');
  if (cookie === null) return false;
  const response = await fetch(new URL('/api/me', apiOrigin()), { headers: { cookie } });
  return response.ok;
}
