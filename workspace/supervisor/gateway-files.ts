import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { TurnInput } from '../../workflows/contracts/supervisor.ts';
import type { AgentInput } from '../executors/port.ts';
import { writeInside } from '../executors/write-inside.ts';
import { supervisorHeader } from './relay.ts';

/** How long a gateway or its database may be away, ms. */
const retryForMs = 120_000;

const Uploaded = z.object({ artifactId: z.string() });

export interface GatewayFiles {
  download(artifactId: string): Promise<Uint8Array>;
  uploadSession(content: Uint8Array): Promise<string>;
}

/**
 * Artifacts over the relay, tried for two minutes while the gateway or its database is away. DomainErrors `artifact-download`,
 * `session-upload`, both transient.
 */
export function createGatewayFiles(relayUrl: string, supervisorKey: string): GatewayFiles {
  const headers = { [supervisorHeader]: supervisorKey };
  return {
    async download(artifactId) {
      const answer = await askGateway(`${relayUrl}/files/artifacts/${encodeURIComponent(artifactId)}`, { headers });
      if (!answer.ok)
        throw new DomainError(
          'transient',
          'artifact-download',
          `artifact ${artifactId} could not be read from the gateway (${answer.status})`,
        );
      return new Uint8Array(await answer.arrayBuffer());
    },
    async uploadSession(content) {
      const answer = await askGateway(`${relayUrl}/files/session`, { method: 'PUT', headers, body: content });
      if (!answer.ok)
        throw new DomainError('transient', 'session-upload', `the session could not be stored at the gateway (${answer.status})`);
      return Uploaded.parse(await answer.json()).artifactId;
    },
  };
}

/** The first answer that is none of a server's own failures, tried for two minutes, or the last one. */
export async function askGateway(url: string, init: RequestInit): Promise<Response> {
  const deadline = Date.now() + retryForMs;
  for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    const answer = await fetch(url, init);
    if (answer.status < 500 || Date.now() + waitMs > deadline) return answer;
    await answer.body?.cancel();
    await sleep(waitMs);
  }
}

/** A plain file name made of a person's: no folders, no control characters, never hidden or empty, 100 characters at most. */
function safeFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  const clean = base
    .replaceAll(/[\p{Cc}\p{Cf}:*?"<>|]/gu, '_')
    .replace(/^[.\s]+/, '')
    .trim();
  return [...clean].slice(0, 100).join('') || 'attachment';
}

/** Turns a command's input into the agent's: attachments are fetched into `folder`, each into a folder of its own artifact. */
export async function resolveInput(input: readonly TurnInput[], files: GatewayFiles, folder: string): Promise<AgentInput[]> {
  const resolved: AgentInput[] = [];
  for (const item of input) {
    if (item.type === 'text') {
      resolved.push(item);
      continue;
    }
    const name = join(safeFileName(item.artifactId), safeFileName(item.name));
    // It may be there already: a message that was not steered comes again with the next turn.
    await writeInside(folder, name, await files.download(item.artifactId), 0o444);
    resolved.push({ type: 'file', path: join(folder, name), name: item.name, mediaType: item.mediaType });
  }
  return resolved;
}
