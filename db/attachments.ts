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
