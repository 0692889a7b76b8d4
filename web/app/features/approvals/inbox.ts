import type { Schemas } from '~/lib/api.ts';
import type { Voter } from '~/lib/gates.ts';
import { plural } from '~/lib/format.ts';
import { type VoteView, voteView } from './vote.ts';

/** Of a request's detail what the inbox shows. */
export type InboxRequest = Pick<Schemas['RequestDetail'], 'requestId' | 'title' | 'project' | 'requester' | 'gate' | 'stat'> & {
  /** The agent's own words about its change or plan; empty for none. */
  summary: string;
  /** The automated review of this very commit, once it is complete. */
  review: { verdict: string | null; findings: number } | null;
};

/** A request whose gate is open, with what the viewer can do about it. */
export interface InboxItem {
  request: InboxRequest;
  gate: Schemas['Gate'];
  vote: VoteView;
}

/** The open gates by what they want of the viewer. */
export interface Inbox {
  /** Want the viewer's vote, the longest waiting first. */
  open: InboxItem[];
  /** Have the viewer's vote and wait for others, the last voted first. */
  voted: InboxItem[];
  /** Wait for people of other roles. */
  others: InboxItem[];
}

/** Sorts requests with an open gate into the viewer's inbox; a request whose gate has closed meanwhile is left out. */
export function inboxOf(requests: readonly InboxRequest[], viewer: Voter): Inbox {
  const items = requests.flatMap((request) => {
    const { gate } = request;
    return gate?.status === 'open' ? [{ request, gate, vote: voteView(gate, viewer, request.requester.id) }] : [];
  });
  const byAge = items.toSorted((one, other) => one.gate.openedAtMs - other.gate.openedAtMs);
  return {
    open: byAge.filter(({ vote }) => vote.refusal === null && vote.mine === null),
    voted: items
      .filter(({ vote }) => vote.refusal === null && vote.mine !== null)
      .toSorted((one, other) => lastVoteMs(other, viewer) - lastVoteMs(one, viewer)),
    others: byAge.filter(({ vote }) => vote.refusal !== null),
  };
}

function lastVoteMs({ gate }: InboxItem, viewer: Voter): number {
  return gate.decisions.findLast(({ by }) => by?.id === viewer.id)?.atMs ?? 0;
}

/** The place of a list's mark after a key: it stays within the list, and -1 is none. */
export function moveMark(mark: number, by: 1 | -1, length: number): number {
  if (length === 0) return -1;
  if (mark === -1) return by === 1 ? 0 : length - 1;
  return Math.min(length - 1, Math.max(0, mark + by));
}

/** What checks come to, in words and as a badge's variant. */
export function checksSummary(checks: readonly Schemas['CheckResult'][]): { variant: 'success' | 'destructive' | 'outline'; text: string } {
  if (checks.length === 0) return { variant: 'outline', text: 'No checks' };
  const failed = checks.filter(({ status }) => status !== 'passed').length;
  if (failed === 0) return { variant: 'success', text: `${plural(checks.length, 'check')} passed` };
  return { variant: 'destructive', text: `${failed} of ${plural(checks.length, 'check')} failed` };
}

/** The verdict of a review in words and as a badge's variant. */
export function reviewSummary(review: { verdict: string | null; findings: number }): {
  variant: 'success' | 'warning' | 'outline';
  text: string;
} {
  const remarks = review.findings === 0 ? 'no remarks' : plural(review.findings, 'remark');
  switch (review.verdict) {
    case 'approve':
      return { variant: 'success', text: `Review: approves, ${remarks}` };
    case 'request-changes':
      return { variant: 'warning', text: `Review: wants changes, ${remarks}` };
    default:
      return { variant: 'outline', text: `Review: ${remarks}` };
  }
}
