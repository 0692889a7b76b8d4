import type { Database } from '../../db/port.ts';
import { getWorkspace } from '../../db/workspaces.ts';
import type { RunTokenClaims } from './token.ts';

/** What the door knows of the workspace behind a token. */
export interface WorkspaceRow {
  tenantId: string;
  workspaceId: string;
  /** Null while it is made for a first run to come. */
  requestId: string | null;
  /** Of one that was made before its request. */
  projectId: string | null;
  runId: string | null;
  purpose: 'agent' | 'checks' | 'review';
  state: 'active' | 'idle' | 'warm' | 'ended';
  egressAllow: string[];
  modelAllowed: boolean;
}

/** A workspace that is at work for a run: the only kind the door serves. */
export type WorkspaceGrant = WorkspaceRow & {
  runId: string;
  state: 'active';
  /** As the run token says. */
  setupKey: string | null;
};

/** Finds the row of a token's workspace; null when there is none for these claims. */
export interface WorkspaceResolver {
  resolve(claims: RunTokenClaims): Promise<WorkspaceRow | null>;
}

/**
 * Reads `workspaces` inside the token's tenant, each time anew: a follow-up takes an idle workspace over within moments, and an
 * answer of a second ago would name the run before. Throws what the database throws.
 */
export function createDatabaseResolver(database: Database): WorkspaceResolver {
  return {
    async resolve(claims) {
      const row = await database.withTenant(claims.tenantId, (tx) => getWorkspace(tx, claims.workspaceId));
      if (!row || row.tenantId !== claims.tenantId) return null;
      if (claims.requestId !== undefined && row.requestId !== claims.requestId) return null;
      const { tenantId, workspaceId, requestId, projectId, runId, purpose, state, egressAllow, modelAllowed } = row;
      return { tenantId, workspaceId, requestId, projectId, runId, purpose, state, egressAllow, modelAllowed };
    },
  };
}
