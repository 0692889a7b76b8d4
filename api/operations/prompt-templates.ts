import {
  PromptTemplate,
  PromptTemplateCreate,
  PromptTemplateDeleted,
  PromptTemplatePage,
  PromptTemplateParams,
  PromptTemplatePatch,
  PromptTemplateQuery,
} from '../schemas/prompt-templates.ts';
import { defineOperation } from './operation.ts';

const tag = 'Prompt templates';
const all = '/api/prompt-templates';
const one = `${all}/:templateId`;

export const listPromptTemplates = defineOperation({
  id: 'listPromptTemplates',
  method: 'get',
  path: all,
  tag,
  summary: 'Lists prompts kept for others, newest first.',
  query: PromptTemplateQuery,
  response: PromptTemplatePage,
});

export const createPromptTemplate = defineOperation({
  id: 'createPromptTemplate',
  method: 'post',
  path: all,
  tag,
  summary: 'Keeps a prompt for the tenant, or for one project.',
  body: PromptTemplateCreate,
  response: PromptTemplate,
  statuses: { 201: 'Created' },
  problems: [404, 409],
  keyed: true,
});

export const patchPromptTemplate = defineOperation({
  id: 'patchPromptTemplate',
  method: 'patch',
  path: one,
  tag,
  summary: 'Changes name or words; what is left out stays.',
  params: PromptTemplateParams,
  body: PromptTemplatePatch,
  response: PromptTemplate,
  problems: [404, 409],
});

export const deletePromptTemplate = defineOperation({
  id: 'deletePromptTemplate',
  method: 'delete',
  path: one,
  tag,
  summary: 'Removes a template; prompts made from it stay.',
  params: PromptTemplateParams,
  response: PromptTemplateDeleted,
  problems: [404],
});
