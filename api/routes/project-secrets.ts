import type { Router } from 'express';
import { registerNamedSecrets } from '../../config/redaction.ts';
import { recordActivity } from '../../db/activity.ts';
import type { Tx } from '../../db/port.ts';
import { deleteProjectSecret, listProjectSecrets, putProjectSecret, type ProjectSecretRow } from '../../db/project-secrets.ts';
import { lockProject, type ProjectRow } from '../../db/projects.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { mount } from '../mount.ts';
import * as operations from '../operations/project-secrets.ts';
import { notFound } from '../problem.ts';
import type { ProjectSecretInfo } from '../schemas/project-secrets.ts';
import { requireProject } from './projects.ts';

/** Secrets of a project's checks: named, set and removed, never shown. */
export function projectSecretRoutes(router: Router, { database, projectSecretKeys }: ApiDependencies): void {
  mount(router, operations.listProjectSecrets, async ({ params, principal }) => {
    const rows = await database.withTenant(principal.tenantId, async (tx) => {
      const { projectId } = await requireProject(tx, params.projectId);
      return listProjectSecrets(tx, projectId);
    });
    return { status: 200, body: { items: rows.map(showSecret) } };
  });

  mount(router, operations.putProjectSecret, async ({ params: { projectId: wanted, name }, body: { value }, principal }) => {
    const { tenantId } = principal;
    registerNamedSecrets([{ name, value }]);
    const row = await database.withTenant(tenantId, async (tx) => {
      const project = await heldProject(tx, wanted);
      const secret = { tenantId, projectId: project.projectId, name, value, changedBy: principal.name };
      const stored = await putProjectSecret(tx, projectSecretKeys, secret);
      await record(tx, { principal, project, name, verb: 'project.secret-set' });
      return stored;
    });
    return { status: 200, body: showSecret(row) };
  });

  mount(router, operations.deleteProjectSecret, async ({ params: { projectId: wanted, name }, principal }) => {
    await database.withTenant(principal.tenantId, async (tx) => {
      const project = await heldProject(tx, wanted);
      if (!(await deleteProjectSecret(tx, project.projectId, name))) throw notFound('secret', name);
      await record(tx, { principal, project, name, verb: 'project.secret-removed' });
    });
    return { status: 200, body: { name } };
  });
}

/** Locked, so that changes at the same time are counted one after the other. */
async function heldProject(tx: Tx, wanted: string): Promise<ProjectRow> {
  const { projectId } = await requireProject(tx, wanted);
  const project = await lockProject(tx, projectId);
  if (!project) throw notFound('project', wanted);
  return project;
}

async function record(tx: Tx, act: { principal: Principal; project: ProjectRow; name: string; verb: string }): Promise<void> {
  const { principal, project, name, verb } = act;
  const detail = { projectId: project.projectId, name: project.name, secret: name };
  await recordActivity(tx, { tenantId: principal.tenantId, requestId: null, actor: principal.name, verb, detail });
}

function showSecret({ name, changedBy, changedAt }: ProjectSecretRow): ProjectSecretInfo {
  return { name, changedBy, changedAtMs: changedAt.getTime() };
}
