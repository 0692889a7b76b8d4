import { useLocation, useNavigate } from '@remix-run/react';
import { useEffect, useRef } from 'react';
import { toast } from '~/lib/toast.ts';
import { lineHash, parseLineHash, type LinePlace } from './line-link.ts';
import type { LogReader } from './log-reader.ts';

/**
 * Links to lines: `copy` puts a place's address into the address bar and the clipboard. An address that names a line scrolls to
 * it once the log is there, by `onRow`.
 */
export function useLineLink(reader: LogReader, onRow: (row: number) => void): { copy: (place: LinePlace) => void } {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const done = useRef<string | null>(null);
  const { phase } = reader.feed.state;

  useEffect(() => {
    const place = parseLineHash(hash);
    if (!place || done.current === hash) return;
    const row = rowOfPlace(reader, place, phase === 'complete');
    if (row === 'not-yet') return;
    done.current = hash;
    if (row === null) toast.info('That line is not in this log', { description: 'It may belong to another run: show all runs.' });
    else onRow(row);
  });

  function copy(place: LinePlace): void {
    const address = lineHash(place);
    // What is copied is in sight already: no jump to it.
    done.current = address;
    void navigate({ search: window.location.search, hash: address }, { replace: true, preventScrollReset: true });
    const url = new URL(address, window.location.href).href;
    const copying = navigator.clipboard ? navigator.clipboard.writeText(url) : Promise.reject(new Error('no clipboard'));
    copying.then(
      () => toast.success('Link copied'),
      () => toast.info('The link is in the address bar', { description: 'This browser did not let it be copied.' }),
    );
  }

  return { copy };
}

/** Selects the place; its row, null when the log has no such event, `not-yet` while that is not known. */
function rowOfPlace(reader: LogReader, place: LinePlace, isComplete: boolean): number | null | 'not-yet' {
  const { model } = reader.feed;
  if (!isComplete) return 'not-yet';
  const entry = place.seq <= model.lastSeq ? model.indexOfSeq(place.seq) : null;
  if (entry === null) return null;
  if (reader.layout.isHidden(entry)) reader.hide(new Set());
  const lines = reader.entries[entry]?.body?.lineCount ?? 0;
  return reader.select({ entry, line: place.line !== null && place.line <= lines ? place.line - 1 : -1 });
}
