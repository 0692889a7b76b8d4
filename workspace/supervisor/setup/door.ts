import type { Readable } from 'node:stream';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { setupSnapshotsPath } from '../../../workflows/contracts/setup-snapshot.ts';
import { parseRefusal } from '../refusal.ts';
import { supervisorHeader } from '../relay.ts';

/**
 * Snapshots of setups at the gateway, asked for once: nobody waits for one for long. What is refused is a DomainError
 * `setup-snapshot-refused` with the gateway's reason.
 */
export interface SetupDoor {
  /** Null when there is none. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** `there`: another workspace was quicker. Reads `content` to its end or destroys it. */
  keep(key: string, content: Readable): Promise<'kept' | 'there'>;
  drop(key: string): Promise<void>;
}

/** The door over the relay. */
export function createSetupDoor(relayUrl: string, supervisorKey: string): SetupDoor {
  const headers = { [supervisorHeader]: supervisorKey };
  const urlOf = (key: string): string => `${relayUrl}${setupSnapshotsPath}${key}`;
  return {
    async read(key) {
      const answer = await fetch(urlOf(key), { headers });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return null;
      }
      if (!answer.ok || !answer.body) throw await refused(answer);
      return answer.body;
    },
    async keep(key, content) {
      try {
        const answer = await fetch(urlOf(key), { method: 'PUT', headers, body: content, duplex: 'half' });
        if (!answer.ok) throw await refused(answer);
        await answer.body?.cancel();
        return answer.status === 201 ? 'kept' : 'there';
      } finally {
        content.destroy();
      }
    },
    async drop(key) {
      const answer = await fetch(urlOf(key), { method: 'DELETE', headers });
      if (!answer.ok) throw await refused(answer);
    },
  };
}

async function refused(answer: Response): Promise<DomainError> {
  return new DomainError('transient', 'setup-snapshot-refused', parseRefusal(await answer.text()), { details: { status: answer.status } });
}
