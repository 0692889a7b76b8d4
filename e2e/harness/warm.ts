import { and, eq, ne } from 'drizzle-orm';
import type { Database } from '../../db/port.ts';
import { workspaces } from '../../db/schema.ts';
import type { WorkspaceRow } from '../../db/workspaces.ts';
import type { TestSystem } from './system.ts';

/** Living workspaces that were made before their request, of one project. */
export function poolOf(database: Database, projectId: string): Promise<WorkspaceRow[]> {
  return database.withTenant('default', (tx) =>
    tx
      .select()
      .from(workspaces)
      .where(and(eq(workspaces.projectId, projectId), ne(workspaces.state, 'ended'))),
  );
}

/** The id of a warm workspace of the project that waits for a first run, as soon as there is one beside `others`. */
export async function warmPlace(
  system: TestSystem,
  database: Database,
  projectId: string,
  others: readonly string[] = [],
): Promise<string> {
  let found: string | undefined;
  await system.until(`a warm workspace waits for project ${projectId}`, async () => {
    const waiting = (await poolOf(database, projectId)).filter((row) => row.state === 'warm');
    found = waiting.find(({ workspaceId }) => !others.includes(workspaceId))?.workspaceId;
    return found !== undefined;
  });
  return found ?? '';
}
