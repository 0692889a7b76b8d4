import { and, eq, inArray } from 'drizzle-orm';
import { DomainError } from '../workflows/contracts/errors.ts';
import { keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import type { ProjectSettings } from './project-settings.ts';
import { projects } from './schema.ts';

export type ProjectRow = typeof projects.$inferSelect;
export type NewProject = Omit<ProjectRow, 'createdAt' | 'warmWorkspaces'>;

function nameTaken(name: string): DomainError {
  return new DomainError('permanent', 'project-name-taken', `A project named "${name}" exists already; choose another name.`);
}

/** Throws DomainError `project-name-taken`. */
export async function insertProject(tx: Tx, project: NewProject): Promise<ProjectRow> {
  const [row] = await tx.insert(projects).values(project).onConflictDoNothing().returning();
  if (!row) throw nameTaken(project.name);
  return row;
}

/** Null when there is none in this tenant. */
export async function getProject(tx: Tx, projectId: string): Promise<ProjectRow | null> {
  const [row] = await tx.select().from(projects).where(eq(projects.projectId, projectId));
  return row ?? null;
}

/** The same, held until the transaction ends: for a change that depends on what is there. */
export async function lockProject(tx: Tx, projectId: string): Promise<ProjectRow | null> {
  const [row] = await tx.select().from(projects).where(eq(projects.projectId, projectId)).for('update');
  return row ?? null;
}

/** Null when there is none in this tenant. */
export async function getProjectByName(tx: Tx, name: string): Promise<ProjectRow | null> {
  const [row] = await tx.select().from(projects).where(eq(projects.name, name));
  return row ?? null;
}

/** Those that exist, in no order. */
export async function getProjects(tx: Tx, projectIds: string[]): Promise<ProjectRow[]> {
  if (projectIds.length === 0) return [];
  return tx.select().from(projects).where(inArray(projects.projectId, projectIds));
}

/** Newest first. */
export async function listProjects(tx: Tx, input: PageInput): Promise<Page<ProjectRow>> {
  const page = keyset(projects.createdAt, projects.projectId, input);
  const rows = await tx
    .select({ at: page.at, row: projects })
    .from(projects)
    .where(page.where)
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.projectId);
}

/** Null when there is none in this tenant. Throws DomainError `project-name-taken`. */
export async function updateProject(
  tx: Tx,
  projectId: string,
  changes: { name?: string; defaultBranch?: string; repositoryUrl?: string; settings?: ProjectSettings },
): Promise<ProjectRow | null> {
  if (Object.values(changes).every((value) => value === undefined)) return getProject(tx, projectId);
  if (changes.name !== undefined) {
    const [other] = await tx
      .select()
      .from(projects)
      .where(and(eq(projects.name, changes.name)));
    if (other && other.projectId !== projectId) throw nameTaken(changes.name);
  }
  const [row] = await tx.update(projects).set(changes).where(eq(projects.projectId, projectId)).returning();
  return row ?? null;
}
