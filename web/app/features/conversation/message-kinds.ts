import type { Message } from './entries.ts';

/** What a message is, when that is not plain chat. */
export const messageKindNames: Readonly<Record<Message['kind'], string | null>> = {
  prompt: 'Prompt',
  chat: null,
  amend: 'Changes requested',
  'checks-failed': 'Checks failed',
  review: 'Review remarks',
  answer: 'Answer',
};
