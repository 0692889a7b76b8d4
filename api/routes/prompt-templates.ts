import type { Router } from 'express';
import { v7 as uuid } from 'uuid';
import { getProject } from '../../db/projects.ts';
import { deletePromptTemplate, insertPromptTemplate, listPromptTemplates, updatePromptTemplate } from '../../db/prompt-templates.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { onceByKey } from '../idempotency.ts';
import { mount } from '../mount.ts';
import * as operations from '../operations/prompt-templates.ts';
import { notFound } from '../problem.ts';
import { showPromptTemplate } from '../views.ts';

/** Prompts that people keep for others. */
export function promptTemplateRoutes(router: Router, { database }: ApiDependencies): void {
  mount(router, operations.listPromptTemplates, async ({ query, principal }) => {
    const page = await database.withTenant(principal.tenantId, (tx) => listPromptTemplates(tx, query));
    return { status: 200, body: { ...page, items: page.items.map(showPromptTemplate) } };
  });

  mount(router, operations.createPromptTemplate, ({ body, principal, idempotencyKey }) => {
    const { tenantId } = principal;
    const call = { principal, key: idempotencyKey, operationId: 'createPromptTemplate', fingerprint: body };
    return onceByKey(database, call, async (tx) => {
      if (body.projectId !== null && !(await getProject(tx, body.projectId))) throw notFound('project', body.projectId);
      const row = await insertPromptTemplate(tx, { ...body, tenantId, templateId: uuid() });
      return { status: 201, body: showPromptTemplate(row) };
    });
  });

  mount(router, operations.patchPromptTemplate, async ({ params, body, principal }) => {
    const row = await database.withTenant(principal.tenantId, (tx) => updatePromptTemplate(tx, params.templateId, body));
    if (!row) throw notFound('template', params.templateId);
    return { status: 200, body: showPromptTemplate(row) };
  });

  mount(router, operations.deletePromptTemplate, async ({ params, principal }) => {
    const isGone = await database.withTenant(principal.tenantId, (tx) => deletePromptTemplate(tx, params.templateId));
    if (!isGone) throw notFound('template', params.templateId);
    return { status: 200, body: { templateId: params.templateId } };
  });
}
