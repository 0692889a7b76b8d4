import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

/** One connection. */
export interface Session {
  readonly sql: Sql;
  /** True once the connection failed: whatever transaction it held is gone, and it must never be used again. */
  readonly lost: boolean;
  /**
   * Sends one statement, when the connection is there, and settles whatever happens to it: postgres.js forgets statements that
   * it took between a socket's error and its close. Throws `CONNECTION_CLOSED`.
   */
  run<T>(send: () => PromiseLike<T>): Promise<T>;
}

/** Takes role and tenant until the end of the transaction: `SET LOCAL`, in one statement. */
export const takeRole = "select set_config('role', $1, true), set_config('app.tenant', $2, true)";

export interface SessionPool {
  /** Waits when `max` sessions are in use. Throws postgres.js's error when no connection can be made. */
  acquire(): Promise<Session>;
  /** `broken`: its transaction could not be ended, so the connection goes too. */
  release(session: Session, broken: boolean): void;
  /** Waits for sessions in use, at most `timeoutMs`, then closes every connection. */
  end(timeoutMs: number): Promise<void>;
}

/**
 * A client of one connection. postgres.js's own pool writes to a connection that closed within a transaction, which ends
 * the process; here each connection is a client that tells when it failed, and a transaction never moves to another.
 */
function openSession(url: string): Session {
  const unsettled = new Set<(error: Error) => void>();
  let lost = false;

  function lose(): void {
    lost = true;
    for (const reject of unsettled) reject(connectionClosed());
    unsettled.clear();
  }

  const sql = postgres(url, {
    max: 1,
    idle_timeout: undefined,
    max_lifetime: null,
    connect_timeout: 10,
    backoff: false,
    // Its query is not awaited by postgres.js: a connection lost just then would end the process.
    fetch_types: false,
    onnotice: () => undefined,
    onclose: lose,
    connection: { application_name: 'astraforge' },
  });
  // Sets the parsers and serializers that drizzle's columns expect on this client's options.
  drizzle({ client: sql });

  function run<T>(send: () => PromiseLike<T>): Promise<T> {
    if (lost) return Promise.reject(connectionClosed());
    return new Promise((resolve, reject) => {
      unsettled.add(reject);
      send().then(
        (value) => {
          unsettled.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          unsettled.delete(reject);
          // Anything that is not the server's answer to the statement is the end of the connection.
          if (!(error instanceof postgres.PostgresError) || error.severity === 'FATAL') lost = true;
          reject(error);
        },
      );
    });
  }

  return {
    sql,
    run,
    get lost() {
      return lost;
    },
  };
}

function connectionClosed(): Error {
  return Object.assign(new Error('the connection to the database closed'), { code: 'CONNECTION_CLOSED' });
}

/**
 * Connects and prepares `takeRole`. What is not prepared yet makes postgres.js queue the statements behind it, and such a
 * queue moves to a new connection when this one is lost: outside of the transaction, without its role. So nothing may queue.
 */
async function prime(session: Session): Promise<void> {
  await session.run(() => session.sql.unsafe(takeRole, ['none', ''], { prepare: true }));
}

/** At most `max` connections, opened when needed, the most recently used first. */
export function createSessionPool(url: string, max: number): SessionPool {
  const idle: Session[] = [];
  const inUse = new Set<Session>();
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let places = max;
  let ended = false;
  let onDrained: (() => void) | null = null;

  async function acquire(): Promise<Session> {
    if (ended) throw new Error('the database is closed');
    if (places === 0) await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    else places--;
    let session = idle.pop();
    while (session?.lost) session = idle.pop();
    if (session) {
      inUse.add(session);
      return session;
    }
    const fresh = openSession(url);
    inUse.add(fresh);
    try {
      await prime(fresh);
      return fresh;
    } catch (error) {
      release(fresh, true);
      throw error;
    }
  }

  function release(session: Session, broken: boolean): void {
    inUse.delete(session);
    if (broken || session.lost || ended) void session.sql.end({ timeout: 0 }).catch(() => undefined);
    else idle.push(session);
    const next = waiting.shift();
    if (next) next.resolve();
    else places++;
    if (inUse.size === 0) onDrained?.();
  }

  async function end(timeoutMs: number): Promise<void> {
    ended = true;
    for (const waiter of waiting.splice(0)) waiter.reject(new Error('the database is closed'));
    if (inUse.size > 0) {
      const drained = new Promise<void>((resolve) => (onDrained = resolve));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([drained, new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))]);
      clearTimeout(timer);
    }
    await Promise.all([...idle, ...inUse].map((session) => session.sql.end({ timeout: 1 })));
    idle.length = 0;
  }

  return { acquire, release, end };
}
