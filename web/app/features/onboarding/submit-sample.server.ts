import { samplePrompt } from '../../../../api/client/sample.ts';
import { actOnRequest, type ActResult } from '~/features/approvals/act.server.ts';
import { apiOf } from '~/lib/api.server.ts';
import { outcome, type Outcome, type Schemas } from '~/lib/api.ts';

/** What came of the first prompt. */
export type SampleSubmitted = Outcome<Schemas['RequestCreated']>;

/** The action of the welcome page: submits the sample's prompt, or acts on its request as any list does. */
export async function actOnTour(request: Request): Promise<SampleSubmitted | ActResult> {
  const form = await request.formData();
  if (form.get('intent') !== 'submit-sample') return actOnRequest(request, form);
  const params = { header: { 'Idempotency-Key': crypto.randomUUID() } };
  const body = { project: String(form.get('project')), prompt: samplePrompt };
  return outcome(await apiOf(request).POST('/api/requests', { params, body }));
}
