import { apiOf } from '~/lib/api.server.ts';
import { type ApiClient, outcome, unwrap } from '~/lib/api.ts';
import type { InboxRequest } from './inbox.ts';

/** The longest waiting that are shown at once. */
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
  const [detail, words] = await Promise.all([
    api.GET('/api/requests/{requestId}', { params: { path: { requestId } } }).then(outcome),
    lastWords(api, requestId),
  ]);
  if (!detail.ok) return null;
  const { title, project, requester, gate, checkpoint, review, createdAtMs } = detail.data;
  const about = review?.commit === gate?.subject.id && review?.status === 'completed' ? review : null;
  return {
    ...{ requestId, title, project, requester, gate, createdAtMs },
    stat: checkpoint?.stat ?? null,
    summary: words,
    review: about && { verdict: about.verdict, findings: about.findings.length },
  };
}

/** What the agent said last: its own summary of the change, or of the plan. */
async function lastWords(api: ApiClient, requestId: string): Promise<string> {
  const query = { types: 'agent.message', beforeSeq: Number.MAX_SAFE_INTEGER, limit: 1 };
  const page = outcome(await api.GET('/api/requests/{requestId}/events', { params: { path: { requestId }, query } }));
  const last = page.ok ? page.data.items.at(-1) : undefined;
  return last?.type === 'agent.message' ? last.data.text : '';
}
