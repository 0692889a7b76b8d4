import type { Awaiting, RequestDetail } from '~/features/requests/stages.ts';

export type ActionKind = Awaiting['actions'][number];

/** A button: what it does, and where it leads when it is a matter of another place. */
export interface NextAction {
  action: ActionKind;
  label: string;
  tone: 'primary' | 'secondary' | 'destructive';
  /** Path below the request's page; null for what is done on the spot. */
  to: string | null;
}

/** In this order: what goes on first, what ends last. */
const order: readonly ActionKind[] = ['answer', 'merge', 'retry', 'approve', 'amend', 'chat', 'waive', 'topUp', 'reject', 'cancel'];

type Facts = Pick<RequestDetail, 'awaiting' | 'gate' | 'mergeRequest'>;

/** The actions that a waiting request offers, as buttons. Votes are cast where their subject is shown. */
export function nextActions(request: Facts): NextAction[] {
  const { awaiting } = request;
  if (awaiting === null) return [];
  const known = order.filter((action) => awaiting.actions.includes(action));
  return known.flatMap((action) => buttonOf(action, request) ?? []).filter(isFirstOfItsPlace);
}

function buttonOf(action: ActionKind, { gate, mergeRequest }: Facts): NextAction | null {
  const place = gate?.subject.kind === 'plan' ? 'plan' : 'changes';
  const what = place === 'plan' ? 'plan' : 'change';
  switch (action) {
    case 'merge':
      return mergeRequest?.forge === 'local'
        ? { action, label: 'Merge', tone: 'primary', to: null }
        : { action, label: `Merge on ${mergeRequest?.forge ?? 'the forge'}`, tone: 'primary', to: 'merge-request' };
    case 'retry':
      return { action, label: 'Try again', tone: 'primary', to: null };
    case 'approve':
    case 'reject':
      return { action, label: `Decide on the ${what}`, tone: 'primary', to: place };
    case 'amend':
      return { action, label: 'Ask for changes', tone: 'secondary', to: place };
    case 'chat':
      return { action, label: 'Write to the agent', tone: 'secondary', to: null };
    case 'cancel':
      return { action, label: 'Cancel request', tone: 'destructive', to: null };
    // A question has a form of its own; the other two have no operation, since what they answer does not come up.
    case 'answer':
    case 'waive':
    case 'topUp':
      return null;
  }
}

/** Approve and reject lead to one place, and so does asking for changes: one button does. */
function isFirstOfItsPlace(button: NextAction, index: number, all: NextAction[]): boolean {
  return button.to === null || all.findIndex(({ to }) => to === button.to) === index;
}
