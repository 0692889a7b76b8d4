import { getMessages, type MessageRow } from '../../db/messages.ts';
import type { Database, Tx } from '../../db/port.ts';
import { getProject, type ProjectRow } from '../../db/projects.ts';
import { getRequest } from '../../db/requests.ts';
import { getWorkspace, type WorkspaceRow } from '../../db/workspaces.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';

/** The project; DomainError `project-missing`. */
export async function requireProject(tx: Tx, projectId: string): Promise<ProjectRow> {
  const row = await getProject(tx, projectId);
  if (row) return row;
  throw new DomainError(
    'permanent',
    'project-missing',
    'preparing the run: its project does not exist any more; submit to another project',
  );
}

/** The messages in the order asked for; DomainError `message-missing` names one that is not there. */
export async function requireMessages(tx: Tx, messageIds: string[]): Promise<MessageRow[]> {
  const rows = await getMessages(tx, messageIds);
  const missing = messageIds.find((messageId) => !rows.some((row) => row.messageId === messageId));
  if (missing === undefined) return rows;
  throw new DomainError('permanent', 'message-missing', `preparing the run: message ${missing} is not in the database; send it again`);
}

/** A workspace that is a request's. */
export type RequestWorkspace = WorkspaceRow & { requestId: string };

/** The workspace of a request, for callers that know no tenant: a housekeeper's read. DomainError `workspace-missing`. */
export async function requireWorkspace(database: Database, workspaceId: string): Promise<RequestWorkspace> {
  const row = await database.asHousekeeper((tx) => getWorkspace(tx, workspaceId));
  if (row && row.requestId !== null) return { ...row, requestId: row.requestId };
  throw new DomainError('permanent', 'workspace-missing', `workspace ${workspaceId} of a request is not in the database; retry the run`);
}

/** The project of a request; DomainError `request-missing`. */
export async function requireRunProject(tx: Tx, requestId: string): Promise<string> {
  const row = await getRequest(tx, requestId);
  if (row) return row.projectId;
  throw new DomainError('permanent', 'request-missing', `request ${requestId} is not in the database`);
}
