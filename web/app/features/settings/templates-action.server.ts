import { apiOf } from '~/lib/api.server.ts';
import { outcome, type Outcome, problemOf } from '~/lib/api.ts';

/** What came of a change to the templates. */
export type TemplateResult = Outcome<{ templateId: string; message: string }>;

/** The action of the settings page: adds, changes or deletes a prompt template. */
export async function actOnTemplates(request: Request): Promise<TemplateResult> {
  const form = await request.formData();
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const api = apiOf(request);
  const templateId = text('templateId');
  const body = { name: text('name').trim(), body: text('body') };
  switch (text('intent')) {
    case 'create': {
      const params = { header: { 'Idempotency-Key': crypto.randomUUID() } };
      const projectId = text('projectId') || null;
      return said(outcome(await api.POST('/api/prompt-templates', { params, body: { ...body, projectId } })), 'Template added');
    }
    case 'change':
      return said(
        outcome(await api.PATCH('/api/prompt-templates/{templateId}', { params: { path: { templateId } }, body })),
        'Template saved',
      );
    case 'delete':
      return said(
        outcome(await api.DELETE('/api/prompt-templates/{templateId}', { params: { path: { templateId } } })),
        'Template deleted',
      );
    default:
      return { ok: false, problem: { ...problemOf(null, 400), detail: 'The form names no action: reload the page.' } };
  }
}

function said(result: Outcome<{ templateId: string }>, message: string): TemplateResult {
  return result.ok ? { ok: true, data: { templateId: result.data.templateId, message } } : result;
}
