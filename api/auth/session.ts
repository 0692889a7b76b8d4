import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Name of the browser's session cookie. */
export const sessionCookie = 'astraforge_session';

const sessionMs = 30 * 24 * 60 * 60 * 1000;
const purpose = 'astraforge session v2';

/** What a session cookie says once it is known to be ours. */
export interface Session {
  sessionId: string;
  expiresAtMs: number;
}

/** Compares secrets in constant time, whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * A session that the start-up token vouches for: `<expiry ms>.<id>.<mac>`. The cookie never holds the token itself; the id is what
 * a sign-out ends.
 */
export function issueSession(startupToken: string, nowMs: number): { value: string; maxAgeSeconds: number } {
  const session = { sessionId: randomBytes(16).toString('base64url'), expiresAtMs: nowMs + sessionMs };
  return { value: `${session.expiresAtMs}.${session.sessionId}.${mac(startupToken, session)}`, maxAgeSeconds: sessionMs / 1000 };
}

/** The session of a cookie's value; null unless this token vouches for it and it has not expired. Whether it was ended is not known here. */
export function readSession(startupToken: string, value: string, nowMs: number): Session | null {
  const [expiry = '', sessionId = '', given = ''] = value.split('.', 3);
  if (!/^\d{1,15}$/.test(expiry)) return null;
  const session = { sessionId, expiresAtMs: Number(expiry) };
  return isSameSecret(given, mac(startupToken, session)) && session.expiresAtMs > nowMs ? session : null;
}

/** The value of one cookie of a Cookie header. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

function mac(startupToken: string, { sessionId, expiresAtMs }: Session): string {
  return createHmac('sha256', startupToken).update(`${purpose} ${expiresAtMs} ${sessionId}`).digest('base64url');
}
