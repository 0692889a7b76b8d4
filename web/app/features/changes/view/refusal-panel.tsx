import { ErrorPanel } from '~/components/error-panel.tsx';
import type { Problem } from '~/lib/api.ts';
import { refusalWords } from '../decision/refusal.ts';

/** Why a decision or a message was not taken, what that means, and what to do next. */
export function RefusalPanel({ problem }: { problem: Problem }) {
  const { title, next } = refusalWords(problem.code);
  return <ErrorPanel problem={{ ...problem, title, detail: `${problem.detail} ${next}` }} />;
}
