import { apiOf } from '~/lib/api.server.ts';
import { outcome, type Outcome, problemOf, type Schemas } from '~/lib/api.ts';
import { actOnSecrets, type SecretResult } from './secrets-action.server.ts';

/** What came of looking at the repository. */
export type TestResult = Outcome<Schemas['ProjectTest']>;

/** What came of saving the settings. */
export type SaveResult = Outcome<Schemas['Project']>;

/** The action of a project's page: a form tests the connection or changes a secret, JSON saves settings (the API checks every field). */
export async function actOnProject(request: Request, projectId: string): Promise<TestResult | SaveResult | SecretResult> {
  const api = apiOf(request);
  const params = { path: { projectId } };
  if (!(request.headers.get('content-type') ?? '').startsWith('application/json')) {
    const form = await request.formData();
    return (await actOnSecrets(api, projectId, form)) ?? outcome(await api.POST('/api/projects/{projectId}/test', { params }));
  }
  const body = await jsonOf(request);
  if (body === null) return { ok: false, problem: { ...problemOf(null, 400), detail: 'The settings did not arrive whole: save again.' } };
  return outcome(await api.PATCH('/api/projects/{projectId}', { params, body }));
}

/** Its shape is the API's to check, which names each wrong field. */
async function jsonOf(request: Request): Promise<Schemas['ProjectPatch'] | null> {
  const body: unknown = await request.json().catch(() => null);
  return typeof body === 'object' ? body : null;
}
