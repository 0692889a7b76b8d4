import { DrizzleQueryError } from 'drizzle-orm/errors';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const refused = new Set(['28P01', '28000', '3D000']);
const missingRole = new Set(['42501', '22023', '42704']);
const busy = new Set(['40001', '40P01', '55P03']);

/** The stable code of a Postgres or socket error (`23505`, `ECONNREFUSED`), also inside drizzle's wrapper; null for anything else. */
export function databaseErrorCode(error: unknown): string | null {
  const inner = error instanceof DrizzleQueryError ? error.cause : error;
  if (typeof inner !== 'object' || inner === null || !('code' in inner)) return null;
  return typeof inner.code === 'string' ? inner.code : null;
}

/** Host, port and database of a URL, never its password. */
export function describeDatabase(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || 'local socket'}:${port || '5432'}${pathname}`;
  } catch {
    return 'an invalid URL';
  }
}

/**
 * What callers of a transaction see: a DomainError for a database that is away, refuses or is contended; anything else as it
 * was, without drizzle's wrapper, whose message quotes every parameter.
 */
export function translateDatabaseError(error: unknown, url: string): unknown {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  const code = databaseErrorCode(cause);
  if (code === null) return cause;
  const place = describeDatabase(url);
  const why = messageOf(cause) || code;
  if (unreachable.has(code))
    return new DomainError('transient', 'database-unreachable', `The database at ${place} does not answer (${code}). ${mend}`, { cause });
  if (refused.has(code))
    return new DomainError('permanent', 'database-refused', `The database at ${place} refused the connection: ${why}. ${mend}`, { cause });
  if (busy.has(code))
    return new DomainError('transient', 'database-busy', `The database at ${place} gave up a contended step: ${why}. Try again.`, {
      cause,
    });
  return cause;
}

/** The same for the statement that takes the role, where a missing role or membership has its own mend. */
export function translateSetupError(error: unknown, url: string, role: string): unknown {
  const code = databaseErrorCode(error);
  if (code === null || !missingRole.has(code)) return translateDatabaseError(error, url);
  const mendRole = `Run the migrations (they start with every process), or let an administrator run: GRANT ${role} TO the user of DATABASE_URL.`;
  return new DomainError('permanent', 'database-role', `The database user may not act as ${role}: ${messageOf(error)}. ${mendRole}`, {
    cause: error,
  });
}

const mend = 'Start Postgres, or correct DATABASE_URL (leave it unset for the embedded server).';
