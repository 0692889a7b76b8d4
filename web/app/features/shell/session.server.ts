import { createApiClient } from '../../../../api/client/index.ts';
import { outcome, type Outcome, unwrap } from '~/lib/api.ts';
import { apiOrigin } from '~/lib/api.server.ts';
import { warningOf } from './installation-warning.tsx';

/** The Set-Cookie of a new session for the start-up token. */
export async function openSession(token: string): Promise<Outcome<string>> {
  const answer = await createApiClient({ baseUrl: apiOrigin() }).POST('/api/session', { body: { token } });
  const result = outcome(answer);
  if (result.ok) return { ok: true, data: answer.response.headers.get('set-cookie') ?? '' };
  if (result.problem.status !== 401) return result;
  return { ok: false, problem: { ...result.problem, title: 'Wrong token' } };
}

/** Ends the browser's session; answers the Set-Cookie that takes its cookie away. Throws the problem when it could not be ended. */
export async function endSession(request: Request): Promise<string | null> {
  const headers = { cookie: request.headers.get('cookie') ?? '' };
  const answer = await createApiClient({ baseUrl: apiOrigin() }).DELETE('/api/session', { headers });
  unwrap(answer);
  return answer.response.headers.get('set-cookie');
}

/** True when the browser's session holds. */
export async function visitorIsSignedIn(request: Request): Promise<boolean> {
  const cookie = request.headers.get('cookie');
  if (cookie === null) return false;
  const { response } = await createApiClient({ baseUrl: apiOrigin() }).GET('/api/me', { headers: { cookie } });
  return response.ok;
}

/** What everybody must keep in mind about this installation, signed in or not; null when there is nothing. */
export async function installationWarning(): Promise<string | null> {
  return warningOf((await createApiClient({ baseUrl: apiOrigin() }).GET('/healthz')).response);
}
