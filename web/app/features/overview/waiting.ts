import type { Schemas } from '~/lib/api.ts';

type AwaitingKind = Schemas['Awaiting']['kind'];

/** What a person can do at once about a request that waits, without leaving the overview. */
export type WaitingAction = 'vote' | 'answer' | 'retry' | 'merge' | 'open';

/** The groups of what waits, in the order of the page. */
export const waitingGroups = ['questions', 'approvals', 'blocked', 'merges'] as const;
export type WaitingGroup = (typeof waitingGroups)[number];

/** Heading of each group. */
export const groupTitles: Readonly<Record<WaitingGroup, string>> = {
  questions: 'Questions of the agent',
  approvals: 'Approvals',
  blocked: 'Blocked',
  merges: 'Ready to merge',
};

/** What a vote or a merge is about; a request's detail has it. */
export type Standing = Pick<Schemas['RequestDetail'], 'gate' | 'mergeRequest'>;

interface Kind {
  group: WaitingGroup;
  action: WaitingAction;
  /** What the request waits for, in a few words. */
  label: string;
}

const kinds: Readonly<Record<Exclude<AwaitingKind, 'slot'>, Kind>> = {
  answer: { group: 'questions', action: 'answer', label: 'The agent asks' },
  'plan-approval': { group: 'approvals', action: 'vote', label: 'Plan waits for approval' },
  'patch-approval': { group: 'approvals', action: 'vote', label: 'Change waits for approval' },
  'policy-waiver': { group: 'blocked', action: 'open', label: 'A policy refused the change' },
  budget: { group: 'blocked', action: 'open', label: 'The budget is used up' },
  retry: { group: 'blocked', action: 'retry', label: 'Stopped' },
  reopen: { group: 'blocked', action: 'open', label: 'The merge request was closed' },
  merge: { group: 'merges', action: 'merge', label: 'Waits for its merge' },
};

/** How a wait is shown; null for one that needs no person. */
export function waitingKind(awaiting: Pick<Schemas['Awaiting'], 'kind' | 'actions'> | null): Kind | null {
  if (awaiting === null || awaiting.kind === 'slot') return null;
  const kind = kinds[awaiting.kind];
  // A rejected change is blocked as `retry` but cannot be run again as it is.
  return kind.action === 'retry' && !awaiting.actions.includes('retry') ? { ...kind, action: 'open' } : kind;
}

/** Waiting requests by group, those that wait longest first; groups without any are left out. */
export function groupWaiting<T extends { awaiting: Schemas['Awaiting'] | null }>(
  requests: readonly T[],
): { group: WaitingGroup; items: T[] }[] {
  const sorted = requests.toSorted((one, other) => (one.awaiting?.sinceMs ?? 0) - (other.awaiting?.sinceMs ?? 0));
  return waitingGroups.flatMap((group) => {
    const items = sorted.filter((request) => waitingKind(request.awaiting)?.group === group);
    return items.length === 0 ? [] : [{ group, items }];
  });
}

/** The tab of the request page where a request that waits is dealt with. */
function waitingTab(kind: AwaitingKind): string {
  switch (kind) {
    case 'plan-approval':
      return 'plan';
    case 'patch-approval':
    case 'policy-waiver':
      return 'changes';
    case 'merge':
    case 'reopen':
      return 'merge-request';
    case 'answer':
    case 'budget':
    case 'retry':
    case 'slot':
      return '';
  }
}

/** The page of a request where its wait is dealt with. */
export function waitingPath(requestId: string, kind: AwaitingKind): string {
  const tab = waitingTab(kind);
  return tab === '' ? `/requests/${requestId}` : `/requests/${requestId}/${tab}`;
}
