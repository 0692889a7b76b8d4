import { useEffect } from 'react';
import { toast } from './toast.ts';

/** What a form came to, as a fetcher of Remix holds it. */
interface FormState {
  state: 'idle' | 'loading' | 'submitting';
  data?: { ok: true; data: { message: string } } | { ok: false; problem: { title: string; detail: string } } | undefined;
}

/** Says in passing what came of a form, well or badly. For forms that show nothing themselves. */
export function useOutcomeToast({ state, data }: FormState): void {
  useEffect(() => {
    if (state !== 'idle' || !data) return;
    if (data.ok) toast.success(data.data.message);
    else toast.error(data.problem.title, { description: data.problem.detail });
  }, [state, data]);
}

/** Says that a form was done and calls `onDone`, which closes it. What is wrong the form says itself. */
export function useDone({ state, data }: FormState, onDone: () => void): void {
  useEffect(() => {
    if (state !== 'idle' || !data?.ok) return;
    toast.success(data.data.message);
    onDone();
  }, [state, data, onDone]);
}
