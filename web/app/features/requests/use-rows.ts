import { useCallback, useEffect, useRef, useState } from 'react';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { useTenantChanges } from '~/lib/live/index.ts';
import { filtersToQuery, filtersToSearch, type RequestFilters } from './filters.ts';
import { createRefresher } from './refresh.ts';
import { appendPage, applyChange, firstRows, pagesToRefresh, refreshPage, type RequestPage, type Rows } from './rows.ts';

const refreshAfterMs = 400;

export interface RowsHandle {
  rows: Rows;
  /** Reads the next page, when there is one and none is being read. */
  readOn: () => void;
  isReading: boolean;
  /** Why the last reading failed; null when it did not. */
  problem: string | null;
}

/**
 * The list of requests, kept as it is now: a change shows at once, and the pages it touches are read anew a moment later.
 * `page` is what the loader read for `filters`.
 */
export function useRows(page: RequestPage, filters: RequestFilters): RowsHandle {
  const [rows, setRows] = useState(() => firstRows(page));
  const [isReading, setReading] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef({ rows, filters });
  latest.current = { rows, filters };
  const changed = useRef(new Set<string>());

  useEffect(() => {
    setRows(firstRows(page));
    setProblem(null);
  }, [page]);

  const refresh = useRefresher(async () => {
    const { rows: before, filters: asked } = latest.current;
    const cursors = changed.current.size > 0 ? pagesToRefresh(before, changed.current) : before.pages.map(({ cursor }) => cursor);
    changed.current.clear();
    for (const cursor of cursors) {
      const result = await readPage(asked, cursor);
      // The filters may be others by now; then this answers a question that nobody asks any more.
      if (!result.ok || filtersToSearch(asked) !== filtersToSearch(latest.current.filters)) return;
      setRows((current) => refreshPage(current, cursor, result.data));
    }
  });

  useTenantChanges((changes) => {
    if (changes === null) changed.current.clear();
    else {
      for (const { requestId } of changes) changed.current.add(requestId);
      setRows((current) => changes.reduce(applyChange, current));
    }
    refresh();
  });

  const readOn = useCallback(() => {
    const { rows: before, filters: asked } = latest.current;
    const cursor = before.nextCursor;
    if (cursor === null || isReading) return;
    setReading(true);
    void readPage(asked, cursor).then((result) => {
      setReading(false);
      setProblem(result.ok ? null : result.problem.detail);
      if (result.ok) setRows((current) => appendPage(current, cursor, result.data));
    });
  }, [isReading]);

  return { rows, readOn, isReading, problem };
}

function readPage(filters: RequestFilters, cursor: string | null) {
  const query = { ...filtersToQuery(filters), ...(cursor === null ? {} : { cursor }) };
  return attempt(() => browserApi().GET('/api/requests', { params: { query } }));
}

function useRefresher(run: () => Promise<void>): () => void {
  const latest = useRef(run);
  latest.current = run;
  const [refresher] = useState(() => createRefresher(() => latest.current(), refreshAfterMs));
  useEffect(() => () => refresher.stop(), [refresher]);
  return refresher.request;
}
