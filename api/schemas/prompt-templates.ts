import { z } from 'zod';
import { limits } from '../limits.ts';
import { Id, PageQuery, pageOf, plainText } from './common.ts';

const name = plainText(limits.templateNameLength).refine((text) => text.trim() !== '', 'is empty');
const body = plainText(limits.templateBodyLength).refine((text) => text.trim() !== '', 'is empty');

/** A prompt kept for others; `projectId` null: for every project of the tenant. */
export const PromptTemplate = z
  .object({ templateId: z.string(), name: z.string(), body: z.string(), projectId: z.string().nullable() })
  .meta({ id: 'PromptTemplate' });
export type PromptTemplate = z.infer<typeof PromptTemplate>;
export const PromptTemplatePage = pageOf(PromptTemplate).meta({ id: 'PromptTemplatePage' });
/** With `projectId` the tenant's own templates and that project's. */
export const PromptTemplateQuery = PageQuery.extend({ projectId: Id.optional() });
export const PromptTemplateCreate = z.object({ name, body, projectId: Id.nullable().default(null) }).meta({ id: 'PromptTemplateCreate' });
export const PromptTemplatePatch = z.object({ name: name.optional(), body: body.optional() }).meta({ id: 'PromptTemplatePatch' });
export const PromptTemplateParams = z.object({ templateId: Id });
export const PromptTemplateDeleted = z.object({ templateId: z.string() }).meta({ id: 'PromptTemplateDeleted' });
