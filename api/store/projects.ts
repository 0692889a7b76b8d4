import { and, asc, eq, gt, or } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type { Tx } from '../../db/port.ts';
import { projects } from '../../db/schema.ts';
import { notFound, refuse } from '../problem.ts';
import { isStorable } from '../schemas/common.ts';
import type { Project, ProjectSettings } from '../schemas/projects.ts';
import type { PageInput } from './cursor.ts';

type Row = typeof projects.$inferSelect;

/** The project of that id or name; DomainError with `code` when there is none. */
export async function findProject(tx: Tx, idOrName: string, code: 'not-found' | 'unknown-project'): Promise<Project> {
  const [row] = await tx
    .select()
    .from(projects)
    .where(or(eq(projects.projectId, idOrName), eq(projects.name, idOrName)))
    .limit(1);
  if (row) return show(row);
  if (code === 'not-found') throw notFound('project', idOrName);
  throw refuse('unknown-project', `There is no project ${idOrName}; add it first, or take one of the list.`);
}

/** Projects by name. The cursor is the last name. */
export async function listProjects(tx: Tx, page: PageInput): Promise<{ items: Project[]; nextCursor: string | null }> {
  const after = page.cursor === undefined ? undefined : Buffer.from(page.cursor, 'base64url').toString('utf8');
  if (after !== undefined && !isStorable(after)) throw refuse('invalid-cursor', 'This cursor is not one of ours; start without one.');
  const rows = await tx
    .select()
    .from(projects)
    .where(after === undefined ? undefined : gt(projects.name, after))
    .orderBy(asc(projects.name))
    .limit(page.limit + 1);
  const items = rows.slice(0, page.limit).map(show);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > page.limit && last ? Buffer.from(last.name, 'utf8').toString('base64url') : null };
}

/** Adds a project; DomainError `project-exists` when the name is taken. */
export async function insertProject(
  tx: Tx,
  tenantId: string,
  input: Omit<Project, 'projectId' | 'createdAtMs'> & { projectId?: string },
): Promise<Project> {
  const [row] = await tx
    .insert(projects)
    .values({ projectId: uuid(), ...input, tenantId })
    .onConflictDoNothing({ target: [projects.tenantId, projects.name] })
    .returning();
  if (!row) throw refuse('project-exists', `A project ${input.name} exists already; choose another name.`);
  return show(row);
}

/** Changes a project and answers it. */
export async function updateProject(
  tx: Tx,
  projectId: string,
  change: { defaultBranch?: string; settings?: ProjectSettings },
): Promise<Project> {
  if (change.defaultBranch === undefined && change.settings === undefined) return findProject(tx, projectId, 'not-found');
  const [row] = await tx
    .update(projects)
    .set(change)
    .where(and(eq(projects.projectId, projectId)))
    .returning();
  if (!row) throw notFound('project', projectId);
  return show(row);
}

function show(row: Row): Project {
  const { tenantId: _tenantId, createdAt, ...rest } = row;
  return { ...rest, createdAtMs: createdAt.getTime() };
}
