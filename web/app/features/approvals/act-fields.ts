import type { Schemas } from '~/lib/api.ts';

/** What a person may do to a request from a list, as the form says it. */
export type RequestAct =
  | { intent: 'approve' | 'reject'; requestId: string; subjectId: string; comment: string }
  | { intent: 'answer'; requestId: string; questionId: string; answers: Record<string, string[]> }
  | { intent: 'retry'; requestId: string }
  | { intent: 'merge'; requestId: string; subjectId: string };

const answerPrefix = 'answer.';

/** Name of the form field that answers a question of the agent. */
export function answerField(question: Pick<Schemas['AgentQuestion'], 'id'>): string {
  return `${answerPrefix}${question.id}`;
}

/** Reads a form; null when it is none of ours. Which values are allowed is the API's to say. */
export function readRequestAct(form: FormData): RequestAct | null {
  const requestId = textOf(form, 'requestId');
  const subjectId = textOf(form, 'subjectId');
  switch (textOf(form, 'intent')) {
    case 'approve':
      return { intent: 'approve', requestId, subjectId, comment: textOf(form, 'comment') };
    case 'reject':
      return { intent: 'reject', requestId, subjectId, comment: textOf(form, 'comment') };
    case 'merge':
      return { intent: 'merge', requestId, subjectId };
    case 'retry':
      return { intent: 'retry', requestId };
    case 'answer':
      return { intent: 'answer', requestId, questionId: textOf(form, 'questionId'), answers: answersOf(form) };
    default:
      return null;
  }
}

/** Words of one's own count beside what was chosen; blanks are no answer. */
function answersOf(form: FormData): Record<string, string[]> {
  const answers: Record<string, string[]> = {};
  for (const [name, value] of form) {
    if (!name.startsWith(answerPrefix) || typeof value !== 'string' || value.trim() === '') continue;
    (answers[name.slice(answerPrefix.length)] ??= []).push(value.trim());
  }
  return answers;
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** What is said when it went well. */
export function actDone(act: Pick<RequestAct, 'intent'>): string {
  switch (act.intent) {
    case 'approve':
      return 'Approved';
    case 'reject':
      return 'Rejected';
    case 'answer':
      return 'The agent has your answer';
    case 'retry':
      return 'It runs again';
    case 'merge':
      return 'Merging';
  }
}
