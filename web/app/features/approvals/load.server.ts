import { apiOf } from '~/lib/api.server.ts';
import { type ApiClient, outcome, unwrap } from '~/lib/api.ts';
import { parsePlan } from '~/features/plan/plan-document.ts';
import type { InboxRequest } from './inbox.ts';

/** How many are shown at once: the newest requests; the page says when there are more. */
const inboxMax = 50;

/** Every request whose gate is open, with what the inbox shows of it, and whether there are more than fit. */
export async function loadInbox(request: Request): Promise<{ requests: InboxRequest[]; more: boolean }> {
  const api = apiOf(request);
  const query = { awaiting: 'plan-approval,patch-approval', limit: inboxMax };
  const page = unwrap(await api.GET('/api/requests', { params: { query } }));
  const found = await Promise.all(page.items.map(({ requestId }) => inboxRequest(api, requestId)));
  return { requests: found.filter((one) => one !== null), more: page.nextCursor !== null };
}

/** Null for one that has gone on meanwhile. */
async function inboxRequest(api: ApiClient, requestId: string): Promise<InboxRequest | null> {
  const found = outcome(await api.GET('/api/requests/{requestId}', { params: { path: { requestId } } }));
  if (!found.ok) return null;
  const { title, project, requester, gate, checkpoint, review, status } = found.data;
  const about = review?.commit === gate?.subject.id && review?.status === 'completed' ? review : null;
  const isPlan = gate?.subject.kind === 'plan';
  return {
    ...{ requestId, title, project, requester, gate },
    stat: isPlan ? null : (checkpoint?.stat ?? null),
    summary: isPlan ? planSummary(status?.plan?.artifactText ?? '') : checkpoint ? await lastWords(api, checkpoint.runId) : '',
    review: about && { verdict: about.verdict, findings: about.findings.length },
  };
}

function planSummary(text: string): string {
  return parsePlan(text)?.summary ?? text;
}

/** What the agent said last in the run: its own summary of the change. */
async function lastWords(api: ApiClient, runId: string): Promise<string> {
  const query = { types: 'agent.message', beforeSeq: Number.MAX_SAFE_INTEGER, limit: 1 };
  const page = outcome(await api.GET('/api/runs/{runId}/events', { params: { path: { runId }, query } }));
  const last = page.ok ? page.data.items.at(-1) : undefined;
  return last?.type === 'agent.message' ? last.data.text : '';
}
