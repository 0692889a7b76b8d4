import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Name of the browser's session cookie. */
export const sessionCookie = 'astraforge_session';

const sessionMs = 30 * 24 * 60 * 60 * 1000;
const purpose = 'astraforge session v1';

/** Compares secrets in constant time, whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A session that the start-up token vouches for: `<expiry ms>.<mac>`. The cookie never holds the token itself. */
export function issueSession(startupToken: string, nowMs: number): { value: string; maxAgeSeconds: number } {
  const expiresAtMs = nowMs + sessionMs;
  return { value: `${expiresAtMs}.${mac(startupToken, expiresAtMs)}`, maxAgeSeconds: sessionMs / 1000 };
}

/** True for a session of this token that has not expired. */
export function isSession(startupToken: string, value: string, nowMs: number): boolean {
  const [expiry = '', given = ''] = value.split('.', 2);
  if (!/^\d{1,15}$/.test(expiry)) return false;
  return isSameSecret(given, mac(startupToken, Number(expiry))) && Number(expiry) > nowMs;
}

/** The value of one cookie of a Cookie header. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

function mac(startupToken: string, expiresAtMs: number): string {
  return createHmac('sha256', startupToken).update(`${purpose} ${expiresAtMs}`).digest('base64url');
}
