import { and, eq } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { artifacts } from './schema.ts';

/** Artifact kind of what people upload. */
export const attachmentKind = 'attachment';

/** Media type and size of an uploaded attachment, without its bytes; null when there is none of that id. */
export async function getAttachment(tx: Tx, artifactId: string): Promise<{ mediaType: string; sizeBytes: number } | null> {
  const [row] = await tx
    .select({ mediaType: artifacts.mediaType, sizeBytes: artifacts.sizeBytes })
    .from(artifacts)
    .where(and(eq(artifacts.artifactId, artifactId), eq(artifacts.kind, attachmentKind)));
  return row ?? null;
}

/** What kind of artifact an id names, before its bytes are read; null when there is none in this tenant. */
export async function getArtifactKind(tx: Tx, artifactId: string): Promise<string | null> {
  const [row] = await tx.select({ kind: artifacts.kind }).from(artifacts).where(eq(artifacts.artifactId, artifactId));
  return row?.kind ?? null;
}
