import { and, eq, sql } from 'drizzle-orm';
import { seal, unseal } from '../config/envelope.ts';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { ProjectSecret } from '../workflows/contracts/project-secret.ts';
import type { Tx } from './port.ts';
import { projectSecrets } from './schema.ts';

/** Keys that secrets are sealed with: the present one, then those of before. */
export type SecretKeys = readonly [string, ...string[]];

/** What a project may have: all values together have to fit into the environment of one program (execve(2)). */
export const projectSecretLimits = { count: 50, totalEnvelopeChars: 180_000 } as const;

const shown = { name: projectSecrets.name, changedBy: projectSecrets.changedBy, changedAt: projectSecrets.changedAt };

/** A secret as people see it: never its value. */
export interface ProjectSecretRow {
  name: string;
  changedBy: string;
  changedAt: Date;
}

/** By name. */
export async function listProjectSecrets(tx: Tx, projectId: string): Promise<ProjectSecretRow[]> {
  return tx.select(shown).from(projectSecrets).where(eq(projectSecrets.projectId, projectId)).orderBy(projectSecrets.name);
}

/**
 * Stores a value, sealed with the present key, in place of what was there. The caller holds the project (`lockProject`). DomainError
 * `project-secrets-full` when the project has as many, or as much, as it may.
 */
export async function putProjectSecret(
  tx: Tx,
  keys: SecretKeys,
  secret: { tenantId: string; projectId: string; name: string; value: string; changedBy: string },
): Promise<ProjectSecretRow> {
  const { tenantId, projectId, name, value, changedBy } = secret;
  const envelope = seal(keys[0], value, contextOf(secret));
  const [others] = await tx
    .select({ count: sql<number>`count(*)::int`, chars: sql<number>`coalesce(sum(length(${projectSecrets.envelope})), 0)::int` })
    .from(projectSecrets)
    .where(and(eq(projectSecrets.projectId, projectId), sql`${projectSecrets.name} <> ${name}`));
  const { count, totalEnvelopeChars } = projectSecretLimits;
  if ((others?.count ?? 0) >= count) throw full(`it has ${count} already`);
  if ((others?.chars ?? 0) + envelope.length > totalEnvelopeChars) throw full('all values together would be over 128 KiB');
  const [row] = await tx
    .insert(projectSecrets)
    .values({ tenantId, projectId, name, envelope, changedBy })
    .onConflictDoUpdate({
      target: [projectSecrets.tenantId, projectSecrets.projectId, projectSecrets.name],
      set: { envelope, changedBy, changedAt: sql`clock_timestamp()` },
    })
    .returning(shown);
  if (!row) throw new DomainError('transient', 'project-secret-lost', `the secret ${name} could not be stored; set it again`);
  return row;
}

/** True when there was one. */
export async function deleteProjectSecret(tx: Tx, projectId: string, name: string): Promise<boolean> {
  const gone = await tx
    .delete(projectSecrets)
    .where(and(eq(projectSecrets.projectId, projectId), eq(projectSecrets.name, name)))
    .returning({ name: projectSecrets.name });
  return gone.length === 1;
}

/** The values in clear, and the names of those that none of the keys opens. For the gateway alone. */
export async function openProjectSecrets(
  tx: Tx,
  keys: SecretKeys,
  project: { tenantId: string; projectId: string },
): Promise<{ secrets: ProjectSecret[]; unreadable: string[] }> {
  const rows = await tx
    .select({ name: projectSecrets.name, envelope: projectSecrets.envelope })
    .from(projectSecrets)
    .where(eq(projectSecrets.projectId, project.projectId))
    .orderBy(projectSecrets.name);
  const secrets: ProjectSecret[] = [];
  const unreadable: string[] = [];
  for (const { name, envelope } of rows) {
    try {
      secrets.push({ name, value: unseal(keys, envelope, contextOf({ ...project, name })) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      unreadable.push(name);
    }
  }
  return { secrets, unreadable };
}

/** An envelope opens for its own tenant, project and name only. */
function contextOf({ tenantId, projectId, name }: { tenantId: string; projectId: string; name: string }): string[] {
  return ['project-secret', tenantId, projectId, name];
}

function full(reason: string): DomainError {
  return new DomainError(
    'permanent',
    'project-secrets-full',
    `The project takes no further secret: ${reason}; remove one that is not used.`,
  );
}
