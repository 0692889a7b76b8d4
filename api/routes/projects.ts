import type { Router } from 'express';
import { v7 as uuid } from 'uuid';
import type { Tx } from '../../db/port.ts';
import {
  getProject,
  getProjectByName,
  insertProject,
  listProjects,
  lockProject,
  updateProject,
  type ProjectRow,
} from '../../db/projects.ts';
import { recordActivity } from '../../db/activity.ts';
import { countWarm } from '../../db/warm-workspaces.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { keptAnswer, onceByKey } from '../idempotency.ts';
import { mount } from '../mount.ts';
import * as operations from '../operations/projects.ts';
import { notFound, refuse } from '../problem.ts';
import { defaultProjectSettings, mergeSettings, type Project } from '../schemas/projects.ts';
import { checkBranch, completeFiles, inspectRepository } from '../submit/repository.ts';
import { showProject } from '../views.ts';

/** The project of that id or name; null when there is none. */
export async function findProject(tx: Tx, idOrName: string): Promise<ProjectRow | null> {
  return (await getProject(tx, idOrName)) ?? (await getProjectByName(tx, idOrName));
}

/** The same; a problem 404 when there is none. */
export async function requireProject(tx: Tx, idOrName: string): Promise<ProjectRow> {
  const row = await findProject(tx, idOrName);
  if (!row) throw notFound('project', idOrName);
  return row;
}

async function showAll(tx: Tx, rows: readonly ProjectRow[]): Promise<Project[]> {
  const ready = await countWarm(
    tx,
    rows.map(({ projectId }) => projectId),
  );
  return rows.map((row) => showProject(row, ready.get(row.projectId) ?? 0));
}

async function showNow(tx: Tx, row: ProjectRow): Promise<Project> {
  const ready = await countWarm(tx, [row.projectId]);
  return showProject(row, ready.get(row.projectId) ?? 0);
}

export function projectRoutes(router: Router, deps: ApiDependencies): void {
  const { database } = deps;

  mount(router, operations.listProjects, async ({ query, principal }) => {
    const page = await database.withTenant(principal.tenantId, async (tx) => {
      const { items, ...rest } = await listProjects(tx, query);
      return { ...rest, items: await showAll(tx, items) };
    });
    return { status: 200, body: page };
  });

  mount(router, operations.createProject, async ({ body, principal, idempotencyKey }) => {
    const call = { principal, key: idempotencyKey, operationId: 'createProject', fingerprint: body };
    const kept = await keptAnswer<Project>(database, call);
    if (kept) return kept;
    if (!deps.forges.includes(body.forge)) {
      throw refuse('unknown-forge', `There is no forge ${body.forge}; take one of ${deps.forges.join(', ')}.`);
    }
    const found = await inspectRepository(deps, { kind: body.repositoryKind, url: body.repositoryUrl });
    if (body.defaultBranch !== undefined) checkBranch(found.branches, body.defaultBranch);
    const { settings, defaultBranch, ...rest } = body;
    const project = {
      ...rest,
      projectId: uuid(),
      tenantId: principal.tenantId,
      defaultBranch: defaultBranch ?? found.defaultBranch,
      settings: mergeSettings(defaultProjectSettings, settings),
    };
    return onceByKey(database, call, async (tx) => {
      const row = await insertProject(tx, project);
      const detail = { projectId: row.projectId, name: row.name };
      await recordActivity(tx, { tenantId: principal.tenantId, requestId: null, actor: principal.name, verb: 'project.created', detail });
      return { status: 201, body: showProject(row, 0) };
    });
  });

  mount(router, operations.getProject, async ({ params, principal }) => {
    const body = await database.withTenant(principal.tenantId, async (tx) => showNow(tx, await requireProject(tx, params.projectId)));
    return { status: 200, body };
  });

  mount(router, operations.patchProject, async ({ params, body, principal }) => {
    const { tenantId } = principal;
    const { projectId, ...before } = await database.withTenant(tenantId, (tx) => requireProject(tx, params.projectId));
    if (body.defaultBranch !== undefined && body.defaultBranch !== before.defaultBranch) {
      const found = await inspectRepository(deps, { kind: before.repositoryKind, url: before.repositoryUrl });
      checkBranch(found.branches, body.defaultBranch);
    }
    const answer = await database.withTenant(tenantId, async (tx) => {
      // Changes at the same time each see what the other made of the settings.
      const project = await lockProject(tx, projectId);
      if (!project) throw notFound('project', projectId);
      const settings = body.settings && mergeSettings(project.settings, body.settings);
      const changed = await updateProject(tx, projectId, { ...body, settings });
      const names = [...(body.defaultBranch === undefined ? [] : ['defaultBranch']), ...Object.keys(body.settings ?? {})];
      const detail = { projectId, name: project.name, changed: names };
      await recordActivity(tx, { tenantId, requestId: null, actor: principal.name, verb: 'project.changed', detail });
      return showNow(tx, changed ?? project);
    });
    return { status: 200, body: answer };
  });

  mount(router, operations.testProject, async ({ params, principal }) => {
    const { projectId, ...project } = await database.withTenant(principal.tenantId, (tx) => requireProject(tx, params.projectId));
    const found = await inspectRepository(deps, { kind: project.repositoryKind, url: project.repositoryUrl });
    return { status: 200, body: { projectId, reachable: true as const, ...found } };
  });

  mount(router, operations.listProjectFiles, async ({ params, query, principal }) => {
    const project = await database.withTenant(principal.tenantId, (tx) => requireProject(tx, params.projectId));
    return { status: 200, body: await completeFiles(deps, project, query) };
  });
}
