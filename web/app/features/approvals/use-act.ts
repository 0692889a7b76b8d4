import { useFetcher } from '@remix-run/react';
import { useEffect } from 'react';
import { toast } from '~/lib/toast.ts';
import type { ActResult } from './act.server.ts';

/** A fetcher for one request's acts: says what came of each, and whether one is under way. */
export function useAct() {
  const fetcher = useFetcher<ActResult>();
  const result = fetcher.state === 'idle' ? fetcher.data : undefined;
  useEffect(() => {
    if (result?.ok) toast.success(result.data.message);
    else if (result) toast.error(result.problem.title, { description: result.problem.detail });
  }, [result]);
  return { Form: fetcher.Form, busy: fetcher.state !== 'idle', problem: result && !result.ok ? result.problem : null };
}
