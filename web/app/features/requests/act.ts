import { useLocation, useNavigate, useRevalidator } from '@remix-run/react';
import { useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { browserApi, type Answer, type ApiClient, type Outcome, type Problem, type Schemas } from '~/lib/api.ts';
import { attempt, isAway } from '~/lib/attempt.ts';
import { randomId } from '~/lib/random-id.ts';

type ActionResult = Schemas['ActionResult'];

/** Parameters of a call that changes a request: its id, and a key under which a repetition is harmless. */
export function actParams(requestId: string, key: string = randomId()) {
  return { path: { requestId }, header: { 'Idempotency-Key': key } };
}

/** What people do to a request beside talking to it, as calls of the typed client. */
export const acts = {
  cancel: (api: ApiClient, requestId: string, reason: string): Promise<Answer<ActionResult>> =>
    api.POST('/api/requests/{requestId}/cancel', { params: actParams(requestId), body: { reason } }),
  retry: (api: ApiClient, requestId: string, comment: string): Promise<Answer<ActionResult>> =>
    api.POST('/api/requests/{requestId}/retry', { params: actParams(requestId), body: { comment } }),
  merge: (api: ApiClient, requestId: string, subjectId: string): Promise<Answer<ActionResult>> =>
    api.POST('/api/requests/{requestId}/merge', { params: actParams(requestId), body: { subjectId } }),
};

/** Tells of a refusal in a toast; one for an ended session leads to the sign-in page and back. */
export function useProblemToast(): (problem: Problem) => void {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  return (problem) => {
    const signIn = {
      label: 'Sign in',
      onClick: () => navigate(`/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`),
    };
    toast.error(problem.title, { description: problem.detail, ...(problem.status === 401 ? { action: signIn } : {}) });
  };
}

/** Brings the page up to date after a call; not when that would only replace it by an error, with what somebody is typing. */
export function useReread(): (result: Outcome<unknown>) => void {
  const { revalidate } = useRevalidator();
  return (result) => {
    if (result.ok || !isAway(result.problem)) revalidate();
  };
}

/** Does something to a request, tells what came of it, and brings the page up to date. Resolves to whether it was done. */
export function useAct(): {
  isBusy: boolean;
  act: (done: string, call: (api: ApiClient) => Promise<Answer<ActionResult>>) => Promise<boolean>;
} {
  const [isBusy, setBusy] = useState(false);
  const reread = useReread();
  const showProblem = useProblemToast();

  async function act(done: string, call: (api: ApiClient) => Promise<Answer<ActionResult>>): Promise<boolean> {
    setBusy(true);
    const result = await attempt(() => call(browserApi()));
    setBusy(false);
    if (!result.ok) showProblem(result.problem);
    else if (result.data.state === 'accepted') toast.success('Stored', { description: 'It is done as soon as the workflow can take it.' });
    else toast.success(done);
    reread(result);
    return result.ok;
  }

  return { isBusy, act };
}
