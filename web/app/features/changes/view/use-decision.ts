import { useRevalidator } from '@remix-run/react';
import { useRef, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { actParams } from '~/features/requests/act.ts';
import { type Answer, type ApiClient, browserApi, type Problem, type Schemas } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { randomId } from '~/lib/random-id.ts';
import { refusalWords } from '../decision/refusal.ts';

type Result = Pick<Schemas['ActionResult'], 'state'>;

/** A call that decides or sends, with its parameters: the request, and a key under which a repetition is harmless. */
export type DecisionCall = (api: ApiClient, params: ReturnType<typeof actParams>) => Promise<Answer<Result>>;

export interface Decision {
  isSending: boolean;
  /** Why it was refused; the words that were written stay. */
  problem: Problem | null;
  /** Does it; `content` is all that it depends on. Resolves to whether it was taken. */
  decide: (content: string, done: string, call: DecisionCall) => Promise<boolean>;
}

/**
 * Sends a decision or a message and says what came of it. The same content goes under the same key, so that a press after a lost
 * answer counts once. A refusal that tells of a newer state brings the page up to date.
 */
export function useDecision(requestId: string): Decision {
  const { revalidate } = useRevalidator();
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const last = useRef({ content: '', key: '' });

  async function decide(content: string, done: string, call: DecisionCall): Promise<boolean> {
    if (last.current.content !== content) last.current = { content, key: randomId() };
    const { key } = last.current;
    setSending(true);
    setProblem(null);
    const result = await attempt(() => call(browserApi(), actParams(requestId, key)));
    setSending(false);
    if (result.ok) {
      const words = result.data.state === 'accepted' ? 'Stored; it is done as soon as the workflow can take it.' : done;
      // At the bottom are the buttons of the next decision.
      toast.success(words, { position: 'top-center' });
    }
    if (!result.ok) setProblem(result.problem);
    if (result.ok || refusalWords(result.problem.code).isStale) revalidate();
    return result.ok;
  }

  return { isSending, problem, decide };
}
