import type { Tx } from '../db/port.ts';
import { getPrincipals } from '../db/principals.ts';
import { getProjects } from '../db/projects.ts';
import type { RequestSummary as RequestRow } from '../db/requests.ts';
import type { RequestSummary } from './schemas/requests.ts';
import { showRequest } from './views.ts';

/** Rows as lists show them, with the names of their people and projects. */
export async function showRequests(tx: Tx, rows: RequestRow[]): Promise<RequestSummary[]> {
  const people = await getPrincipals(tx, [...new Set(rows.map(({ requesterId }) => requesterId))]);
  const projects = await getProjects(tx, [...new Set(rows.map(({ projectId }) => projectId))]);
  const names = {
    people: new Map(people.map(({ id, name }) => [id, name])),
    projects: new Map(projects.map(({ projectId, name }) => [projectId, name])),
  };
  return rows.map((row) => showRequest(row, names));
}
