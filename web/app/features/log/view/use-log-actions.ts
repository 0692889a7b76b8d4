import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { saveText } from '~/lib/save-file.ts';
import { entryText } from '../model/log-text.ts';
import type { LogListHandle } from './log-list.tsx';
import type { LogReader } from './log-reader.ts';
import type { LogToolbarActions } from './log-toolbar.tsx';
import type { LogSettings } from './use-log-settings.ts';

/** Waits this long for the next key before a log is searched, ms. */
const typingMs = 150;

/** What is searched for as somebody types it; the first match from the top of the view on is shown when the search is through. */
export function useSearchQuery(
  reader: LogReader,
  list: RefObject<LogListHandle>,
  showRow: (row: number | null) => void,
): { query: string; changeQuery: (query: string) => void } {
  const [query, setQuery] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);

  const changeQuery = useCallback(
    (next: string) => {
      setQuery(next);
      clearTimeout(timer.current);
      const from = list.current?.topRow() ?? 0;
      const search = async () => {
        await reader.find(next);
        if (reader.search?.query === next) showRow(reader.goToMatch('next', from));
      };
      timer.current = setTimeout(() => void search(), next === '' ? 0 : typingMs);
    },
    [reader, list, showRow],
  );

  return { query, changeQuery };
}

interface LogActionParts {
  reader: LogReader;
  list: RefObject<LogListHandle>;
  showRow: (row: number | null) => void;
  changeSettings: (change: Partial<LogSettings>) => void;
  changeQuery: (query: string) => void;
  fileName: string;
}

/** What the toolbar and the keys do; the same object while its parts are the same. */
export function useLogActions({ reader, list, showRow, changeSettings, changeQuery, fileName }: LogActionParts): LogToolbarActions {
  return useMemo(
    () => ({
      changeSettings,
      changeQuery,
      goToMatch: (direction) => showRow(reader.goToMatch(direction, list.current?.topRow() ?? 0)),
      goToError: () => showRow(reader.selectNextError()),
      openAll: (open) => list.current?.keepPlace(() => reader.openAll(open ? 'all' : 'none')),
      hide: (groups) => list.current?.keepPlace(() => reader.hide(groups)),
      download: () => download(reader, fileName),
    }),
    [reader, list, showRow, changeSettings, changeQuery, fileName],
  );
}

function download(reader: LogReader, fileName: string): void {
  const artifactUrl = (id: string) => new URL(`/api/attachments/${id}`, window.location.href).href;
  saveText(
    reader.entries.map((entry) => entryText(entry, artifactUrl)),
    `${fileName}.log`,
  );
}
