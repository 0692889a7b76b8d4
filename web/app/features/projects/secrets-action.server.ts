import { type ApiClient, outcome, type Outcome } from '~/lib/api.ts';

/** What came of a change to a project's secrets. */
export type SecretResult = Outcome<{ name: string; message: string }>;

/** Sets or removes a secret; null when the form is about something else. The value goes to the API and nowhere else. */
export async function actOnSecrets(api: ApiClient, projectId: string, form: FormData): Promise<SecretResult | null> {
  const text = (field: string) => {
    const value = form.get(field);
    return typeof value === 'string' ? value : '';
  };
  const name = text('name').trim();
  const params = { path: { projectId, name } };
  switch (form.get('intent')) {
    case 'set-secret':
      return said(
        // A form carries line breaks as CRLF; a key file means LF.
        outcome(
          await api.PUT('/api/projects/{projectId}/secrets/{name}', { params, body: { value: text('value').replaceAll('\r\n', '\n') } }),
        ),
        `${name} is set`,
      );
    case 'remove-secret':
      return said(outcome(await api.DELETE('/api/projects/{projectId}/secrets/{name}', { params })), `${name} is removed`);
    default:
      return null;
  }
}

function said(result: Outcome<{ name: string }>, message: string): SecretResult {
  return result.ok ? { ok: true, data: { name: result.data.name, message } } : result;
}
