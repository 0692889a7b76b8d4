import type { Readable } from 'node:stream';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { setupSnapshotsPath } from '../../../workflows/contracts/setup-snapshot.ts';
import { parseRefusal } from '../refusal.ts';
import { supervisorHeader } from '../relay.ts';

/**
 * Snapshots of setups at the gateway, asked for once: nobody waits for one for long. What is refused is a DomainError
 * `setup-snapshot-refused` with the gateway's reason, what takes too long one of `setup-snapshot-slow`.
 */
export interface SetupDoor {
  /** Null when there is none. The limits of time hold until the content is read to its end. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** `there`: another workspace was quicker. Reads `content` to its end or destroys it. */
  keep(key: string, content: Readable): Promise<'kept' | 'there'>;
  drop(key: string): Promise<void>;
}

/** In milliseconds: for all of one answer or upload, and for the next bytes of an answer. */
export interface SetupDoorLimits {
  totalMs: number;
  idleMs: number;
}

const defaultLimits: SetupDoorLimits = { totalMs: 5 * 60_000, idleMs: 60_000 };

/** The door over the relay. */
export function createSetupDoor(relayUrl: string, supervisorKey: string, limits: SetupDoorLimits = defaultLimits): SetupDoor {
  const headers = { [supervisorHeader]: supervisorKey };
  const urlOf = (key: string): string => `${relayUrl}${setupSnapshotsPath}${key}`;
  return {
    async read(key) {
      const limit = new TimeLimit(limits.totalMs);
      try {
        const answer = await limit.within(limits.idleMs, () => fetch(urlOf(key), { headers, signal: limit.signal }));
        if (answer.ok && answer.body) return watched(answer.body, limit, limits.idleMs);
        if (answer.status !== 404) throw await refused(answer);
        await answer.body?.cancel();
        limit.end();
        return null;
      } catch (error) {
        limit.end();
        throw error;
      }
    },
    async keep(key, content) {
      const limit = new TimeLimit(limits.totalMs);
      try {
        const answer = await fetch(urlOf(key), { method: 'PUT', headers, body: content, duplex: 'half', signal: limit.signal });
        if (!answer.ok) throw await refused(answer);
        await answer.body?.cancel();
        return answer.status === 201 ? 'kept' : 'there';
      } finally {
        limit.end();
        content.destroy();
      }
    },
    async drop(key) {
      const limit = new TimeLimit(limits.idleMs);
      try {
        const answer = await fetch(urlOf(key), { method: 'DELETE', headers, signal: limit.signal });
        if (!answer.ok) throw await refused(answer);
      } finally {
        limit.end();
      }
    },
  };
}

/** Aborts what takes too long, with a DomainError `setup-snapshot-slow`. */
class TimeLimit {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(totalMs: number) {
    this.timer = this.abortAfter(totalMs, `the gateway took more than ${totalMs / 1_000} s`);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Waits for `next`, which has a limit of its own. */
  async within<T>(idleMs: number, next: () => Promise<T>): Promise<T> {
    const timer = this.abortAfter(idleMs, `the gateway sent nothing for ${idleMs / 1_000} s`);
    try {
      return await next();
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private abortAfter(ms: number, why: string): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(new DomainError('transient', 'setup-snapshot-slow', why)), ms);
  }
}

/** The time that the reader takes for itself is none that the gateway is silent. */
async function* watched(content: ReadableStream<Uint8Array>, limit: TimeLimit, idleMs: number): AsyncGenerator<Uint8Array> {
  const reader = content.getReader();
  try {
    for (;;) {
      const next = await limit.within(idleMs, () => reader.read());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    limit.end();
    await reader.cancel().catch(() => undefined);
  }
}

async function refused(answer: Response): Promise<DomainError> {
  return new DomainError('transient', 'setup-snapshot-refused', parseRefusal(await answer.text()), { details: { status: answer.status } });
}
