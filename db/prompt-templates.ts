import { and, eq, isNull, or, sql } from 'drizzle-orm';
import { DomainError } from '../workflows/contracts/errors.ts';
import { databaseErrorCode } from './database-errors.ts';
import { keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import { promptTemplates } from './schema.ts';

const uniqueViolation = '23505';

export type PromptTemplateRow = typeof promptTemplates.$inferSelect;

function nameTaken(name: string): DomainError {
  return new DomainError('permanent', 'template-name-taken', `A template named "${name}" exists there already; choose another name.`);
}

/** Throws DomainError `template-name-taken`: a name is unique within the tenant's own templates, and within each project's. */
export async function insertPromptTemplate(
  tx: Tx,
  template: Omit<PromptTemplateRow, 'createdAt' | 'updatedAt'>,
): Promise<PromptTemplateRow> {
  const [row] = await tx.insert(promptTemplates).values(template).onConflictDoNothing().returning();
  if (!row) throw nameTaken(template.name);
  return row;
}

/** Changes name and body; null when there is none in this tenant. Throws DomainError `template-name-taken`. */
export async function updatePromptTemplate(
  tx: Tx,
  templateId: string,
  changes: { name?: string; body?: string },
): Promise<PromptTemplateRow | null> {
  try {
    const [row] = await tx
      .update(promptTemplates)
      .set({ ...changes, updatedAt: sql`clock_timestamp()` })
      .where(eq(promptTemplates.templateId, templateId))
      .returning();
    return row ?? null;
  } catch (error) {
    if (databaseErrorCode(error) === uniqueViolation) throw nameTaken(changes.name ?? '');
    throw error;
  }
}

/** True when there was one in this tenant. */
export async function deletePromptTemplate(tx: Tx, templateId: string): Promise<boolean> {
  const gone = await tx
    .delete(promptTemplates)
    .where(eq(promptTemplates.templateId, templateId))
    .returning({ templateId: promptTemplates.templateId });
  return gone.length === 1;
}

/** Newest first; with a project the tenant's own and that project's, else all. */
export async function listPromptTemplates(tx: Tx, input: PageInput & { projectId?: string }): Promise<Page<PromptTemplateRow>> {
  const page = keyset(promptTemplates.createdAt, promptTemplates.templateId, input);
  const { projectId } = input;
  const rows = await tx
    .select({ at: page.at, row: promptTemplates })
    .from(promptTemplates)
    .where(
      and(
        page.where,
        projectId === undefined ? undefined : or(isNull(promptTemplates.projectId), eq(promptTemplates.projectId, projectId)),
      ),
    )
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.templateId);
}
