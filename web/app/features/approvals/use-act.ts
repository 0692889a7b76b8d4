import { useFetcher, useFetchers } from '@remix-run/react';
import { useEffect, useRef } from 'react';
import { toast } from '~/lib/toast.ts';
import type { ActResult } from './act.server.ts';

const keyPrefix = 'act ';

/** A form for what is done to one request from a list, and whether it is under way. The page says what came of it: `useActToasts`. */
export function useAct(requestId: string) {
  const fetcher = useFetcher<ActResult>({ key: `${keyPrefix}${requestId}` });
  return { Form: fetcher.Form, busy: fetcher.state !== 'idle' };
}

/**
 * Says what came of every act of the page. For the page itself: the row that was acted on is often gone before the answer could be
 * told there.
 */
export function useActToasts(): void {
  const fetchers = useFetchers();
  const told = useRef(new WeakSet<object>());
  useEffect(() => {
    for (const { key, state, data } of fetchers) {
      // After the answer the page's data is read again: the answer is there meanwhile, and only meanwhile.
      if (!key.startsWith(keyPrefix) || state !== 'loading' || !isActResult(data) || told.current.has(data)) continue;
      told.current.add(data);
      if (data.ok) toast.success(data.data.message);
      else toast.error(data.problem.title, { description: data.problem.detail });
    }
  }, [fetchers]);
}

function isActResult(data: unknown): data is ActResult {
  return typeof data === 'object' && data !== null && 'ok' in data;
}
