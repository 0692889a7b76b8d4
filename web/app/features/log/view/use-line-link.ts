import { useLocation, useNavigate } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { lineHash, parseLineHash, type LinePlace } from './line-link.ts';
import type { LogReader } from './log-reader.ts';

export interface LineLinks {
  /** Puts a place's address into the address bar and the clipboard. */
  copy: (place: LinePlace) => void;
  /** The address names a line of which it is not known yet where it is. */
  isPending: boolean;
}

/** Links to lines. An address that names one selects it and tells its row to `onRow`, as soon as the log is there. */
export function useLineLink(reader: LogReader, onRow: (row: number) => void): LineLinks {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [done, setDone] = useState('');
  const latestOnRow = useRef(onRow);
  const isComplete = reader.feed.state.phase === 'complete';
  const isPending = hash !== done && parseLineHash(hash) !== null;

  useEffect(() => {
    latestOnRow.current = onRow;
  });
  useEffect(() => {
    const place = parseLineHash(hash);
    if (!isPending || !isComplete || !place) return;
    setDone(hash);
    const row = selectPlace(reader, place);
    if (row === null) toast.info('That line is not in this log', { description: 'It may belong to another run: show all runs.' });
    else latestOnRow.current(row);
  }, [reader, hash, isPending, isComplete]);

  function copy(place: LinePlace): void {
    const address = lineHash(place);
    // What is copied is in sight already: no jump to it.
    setDone(address);
    void navigate({ search: window.location.search, hash: address }, { replace: true, preventScrollReset: true });
    const url = new URL(address, window.location.href).href;
    const copying = navigator.clipboard ? navigator.clipboard.writeText(url) : Promise.reject(new Error('no clipboard'));
    copying.then(
      () => toast.success('Link copied'),
      () => toast.info('The link is in the address bar', { description: 'This browser did not let it be copied.' }),
    );
  }

  return { copy, isPending };
}

/** Selects the place and answers its row; null when the log has no such event. */
function selectPlace(reader: LogReader, place: LinePlace): number | null {
  const { model } = reader.feed;
  const entry = place.seq <= model.lastSeq ? model.indexOfSeq(place.seq) : null;
  if (entry === null) return null;
  if (reader.layout.isHidden(entry)) reader.hide(new Set());
  const lines = reader.entries[entry]?.body?.lineCount ?? 0;
  return reader.select({ entry, line: place.line !== null && place.line <= lines ? place.line - 1 : -1 });
}
