import { apiOf } from '~/lib/api.server.ts';
import { outcome, problemOf, type Outcome, type Schemas } from '~/lib/api.ts';
import { actDone, readRequestAct, type RequestAct } from './act-fields.ts';

/** What came of an act: the words to show, or the API's problem. */
export type ActResult = Outcome<{ message: string; requestId: string }>;

/** Said when the workflow cannot take it just now (202). */
const storedWords = 'Stored: it is done as soon as the workflow can take it';

/** The action of every page that acts on requests of a list: reads the form, unless the page has read it, and sends it on. */
export async function actOnRequest(request: Request, form?: FormData): Promise<ActResult> {
  const act = readRequestAct(form ?? (await request.formData()));
  if (act === null) return { ok: false, problem: { ...problemOf(null, 400), detail: 'The form names no action: reload the page.' } };
  const sent = await send(request, act);
  if (!sent.ok) return sent;
  const isStored = sent.data.state === 'accepted';
  return { ok: true, data: { message: isStored ? storedWords : actDone(act), requestId: act.requestId } };
}

async function send(request: Request, act: RequestAct): Promise<Outcome<Schemas['ActionResult']>> {
  const api = apiOf(request);
  const params = { path: { requestId: act.requestId }, header: { 'Idempotency-Key': crypto.randomUUID() } };
  switch (act.intent) {
    case 'approve':
    case 'reject': {
      const body = { vote: act.intent, subjectId: act.subjectId, comment: act.comment };
      return outcome(await api.POST('/api/requests/{requestId}/decisions', { params, body }));
    }
    case 'answer': {
      const body = { questionId: act.questionId, answers: act.answers };
      return outcome(await api.POST('/api/requests/{requestId}/answer', { params, body }));
    }
    case 'retry':
      return outcome(await api.POST('/api/requests/{requestId}/retry', { params, body: { comment: '' } }));
    case 'merge':
      return outcome(await api.POST('/api/requests/{requestId}/merge', { params, body: { subjectId: act.subjectId } }));
  }
}
