import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/port.ts';
import { messages, runs, workspaces } from '../../../db/schema.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';

/** Decides which artifacts a workspace may read; default deny. */
export interface ArtifactAccess {
  mayRead(grant: WorkspaceGrant, artifactId: string): Promise<boolean>;
}

/** A workspace reads attachments of its own request's messages, and the sessions of that request's checkpoints and saves. */
export function createDatabaseAccess(database: Database): ArtifactAccess {
  return {
    mayRead(grant, artifactId) {
      const { tenantId, requestId } = grant;
      const attachment = JSON.stringify([{ artifactId }]);
      return database.withTenant(tenantId, async (tx) => {
        const found = await tx
          .select({ one: sql<number>`1` })
          .from(messages)
          .where(
            sql`${messages.tenantId} = ${tenantId} and ${messages.requestId} = ${requestId} and ${messages.attachments} @> ${attachment}::jsonb`,
          )
          .unionAll(
            tx
              .select({ one: sql<number>`1` })
              .from(runs)
              .where(
                sql`${runs.tenantId} = ${tenantId} and ${runs.requestId} = ${requestId} and ${runs.checkpoint} ->> 'sessionArtifactId' = ${artifactId}`,
              ),
          )
          .unionAll(
            tx
              .select({ one: sql<number>`1` })
              .from(workspaces)
              .where(
                sql`${workspaces.tenantId} = ${tenantId} and ${workspaces.requestId} = ${requestId} and ${workspaces.save} ->> 'sessionArtifactId' = ${artifactId}`,
              ),
          )
          .limit(1);
        return found.length > 0;
      });
    },
  };
}
