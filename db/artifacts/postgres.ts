import { createHash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { v7 } from 'uuid';
import { artifactTooLarge, DomainError } from '../../workflows/contracts/errors.ts';
import type { Database, Tx } from '../port.ts';
import { artifactChunks, artifacts } from '../schema.ts';
import type { ArtifactStore } from './port.ts';

const chunkBytes = 1024 * 1024;
const defaultCapBytes = 256 * 1024 * 1024;

export interface ArtifactOptions {
  /** Largest artifact; 256 MiB. */
  capBytes?: number;
}

/** Artifacts in Postgres: bytes in rows of 1 MiB, one artifact for the same kind and content of a tenant. */
export function createPostgresArtifactStore(database: Database, options: ArtifactOptions = {}): ArtifactStore {
  const capBytes = options.capBytes ?? defaultCapBytes;

  return {
    capBytes,
    async put(tenantId, { kind, mediaType, bytes }) {
      const sizeBytes = bytes.byteLength;
      if (sizeBytes > capBytes)
        throw new DomainError(
          'permanent',
          artifactTooLarge,
          `Storing an artifact (${kind}) of ${sizeBytes} bytes was refused: the limit is ${capBytes} bytes. Leave large files out.`,
          { details: { kind, sizeBytes, capBytes } },
        );
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const artifactId = await database.withTenant(tenantId, async (tx) => {
        const known = await find(tx, kind, sha256);
        if (known) return known;
        const candidate = v7();
        // Waits for another that stores the same just now, and then yields to it.
        const inserted = await tx
          .insert(artifacts)
          .values({ tenantId, artifactId: candidate, kind, mediaType, sha256, sizeBytes })
          .onConflictDoNothing({ target: [artifacts.tenantId, artifacts.kind, artifacts.sha256] })
          .returning({ artifactId: artifacts.artifactId });
        if (inserted.length === 0) return find(tx, kind, sha256);
        for (let position = 0; position * chunkBytes < sizeBytes; position++) {
          const chunk = bytes.subarray(position * chunkBytes, (position + 1) * chunkBytes);
          await tx.insert(artifactChunks).values({ tenantId, artifactId: candidate, position, bytes: chunk });
        }
        return candidate;
      });
      if (!artifactId) throw new Error('an artifact vanished while it was stored');
      return { artifactId, sha256, sizeBytes };
    },

    async get(tenantId, artifactId) {
      return database.withTenant(tenantId, async (tx) => {
        const [artifact] = await tx.select().from(artifacts).where(eq(artifacts.artifactId, artifactId));
        if (!artifact) return null;
        const bytes = new Uint8Array(artifact.sizeBytes);
        for (let position = 0; position * chunkBytes < artifact.sizeBytes; position++) {
          const [chunk] = await tx
            .select({ bytes: artifactChunks.bytes })
            .from(artifactChunks)
            .where(and(eq(artifactChunks.artifactId, artifactId), eq(artifactChunks.position, position)));
          if (!chunk) throw damaged(artifactId, position);
          bytes.set(chunk.bytes, position * chunkBytes);
        }
        return { kind: artifact.kind, mediaType: artifact.mediaType, sha256: artifact.sha256, bytes };
      });
    },
  };
}

async function find(tx: Tx, kind: string, sha256: string): Promise<string | null> {
  const [row] = await tx
    .select({ artifactId: artifacts.artifactId })
    .from(artifacts)
    .where(and(eq(artifacts.kind, kind), eq(artifacts.sha256, sha256)));
  return row?.artifactId ?? null;
}

function damaged(artifactId: string, position: number): DomainError {
  return new DomainError(
    'permanent',
    'artifact-damaged',
    `Reading artifact ${artifactId} failed: its part ${position} is missing in the database. Restore it from a backup.`,
  );
}
