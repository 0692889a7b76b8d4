import type { Question } from './transcript.ts';

/** What a person has entered for one question: a choice by its label, or words of their own. */
export interface Entered {
  choice: string | null;
  /** Chosen "something else"; where a question has no choices, always. */
  isOther: boolean;
  other: string;
}

export type Answers = Readonly<Record<string, Entered>>;

/** An empty form for the questions. */
export function noAnswers(questions: readonly Question[]): Answers {
  return Object.fromEntries(questions.map(({ id, options }) => [id, { choice: null, isOther: options.length === 0, other: '' }]));
}

/** True where a person may write their own answer. A question without choices takes nothing else. */
export function takesWords(question: Question): boolean {
  return question.allowsOther || question.options.length === 0;
}

/** The answers as the API takes them, or the questions that still lack one. */
export function toAnswers(
  questions: readonly Question[],
  entered: Answers,
): { ok: true; answers: Record<string, string[]> } | { ok: false; missing: string[] } {
  const answers: Record<string, string[]> = {};
  const missing: string[] = [];
  for (const question of questions) {
    const answer = answerOf(question, entered[question.id]);
    if (answer === null) missing.push(question.id);
    else answers[question.id] = [answer];
  }
  return missing.length === 0 ? { ok: true, answers } : { ok: false, missing };
}

function answerOf(question: Question, entered: Entered | undefined): string | null {
  if (!entered) return null;
  if (entered.isOther) return takesWords(question) && entered.other.trim() !== '' ? entered.other.trim() : null;
  return question.options.some(({ label }) => label === entered.choice) ? entered.choice : null;
}
