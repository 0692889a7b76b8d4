import type { Message } from './entries.ts';

/** How a message reached the agent, for its badge. */
export interface DispositionWords {
  label: string;
  detail: string;
  tone: 'quiet' | 'info' | 'warning' | 'muted';
  canWithdraw: boolean;
}

/** What became of a message, in words. Only what waits for its run can be taken back; a prompt is cancelled with its request. */
export function describeDisposition(
  message: Pick<Message, 'kind' | 'disposition'>,
  runOrdinal: number | null,
  isOpen: boolean,
): DispositionWords {
  const run = runOrdinal === null ? 'a run' : `run ${runOrdinal}`;
  const mayWithdraw = isOpen && (message.kind === 'chat' || message.kind === 'amend');
  switch (message.disposition) {
    case 'steered':
      return { label: 'Steered', detail: `The agent read it in the middle of ${run}.`, tone: 'info', canWithdraw: false };
    case 'queued':
      return { label: 'Queued', detail: 'It waits for the next run.', tone: 'warning', canWithdraw: mayWithdraw };
    case 'carried':
      return { label: 'Delivered', detail: `It is what ${run} works on.`, tone: 'quiet', canWithdraw: false };
    case 'withdrawn':
      return { label: 'Withdrawn', detail: 'It was taken back before the agent saw it.', tone: 'muted', canWithdraw: false };
    case 'accepted':
      return { label: 'Sent', detail: 'Stored; it goes to the agent as soon as it can take it.', tone: 'quiet', canWithdraw: mayWithdraw };
    case 'rejected':
      return { label: 'Refused', detail: 'The request did not take it.', tone: 'warning', canWithdraw: false };
  }
}
