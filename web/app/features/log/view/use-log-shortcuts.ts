import type { RefObject } from 'react';
import { useShortcut } from '~/lib/shortcuts.ts';
import type { LinePlace } from './line-link.ts';
import type { LogListHandle } from './log-list.tsx';
import type { LogReader } from './log-reader.ts';
import type { LogToolbarActions } from './log-toolbar.tsx';
import type { LogSettings } from './use-log-settings.ts';

interface ShortcutParts {
  reader: LogReader;
  list: RefObject<LogListHandle>;
  search: RefObject<HTMLInputElement>;
  actions: LogToolbarActions;
  showRow: (row: number | null) => void;
  copy: (place: LinePlace) => void;
  settings: LogSettings;
}

const group = { group: 'Log' };

/** The keys of a log: everything that its toolbar and margins do. */
export function useLogShortcuts({ reader, list, search, actions, showRow, copy, settings }: ShortcutParts): void {
  const topEntry = () => reader.layout.placeOf(list.current?.topRow() ?? 0)?.entry ?? 0;
  useShortcut('/', 'Search the log', () => search.current?.focus(), group);
  useShortcut('e', 'Go to the next error', actions.goToError, group);
  useShortcut('j', 'Go to the next entry', () => showRow(reader.selectNeighbour(1, topEntry())), group);
  useShortcut('k', 'Go to the entry before', () => showRow(reader.selectNeighbour(-1, topEntry())), group);
  useShortcut('o', 'Open or close the selected entry', () => toggleSelected(reader), group);
  useShortcut('y', 'Copy a link to the selected line', () => copySelected(reader, copy), group);
  useShortcut('f', 'Follow the newest line', () => list.current?.follow(), group);
  useShortcut('w', 'Wrap lines or not', () => actions.changeSettings({ wrap: !settings.wrap }), group);
  useShortcut('t', 'Timestamps or not', () => actions.changeSettings({ times: !settings.times }), group);
}

function toggleSelected(reader: LogReader): void {
  const { selection } = reader;
  if (selection) reader.setOpen(selection.entry, !reader.layout.isOpen(selection.entry));
}

function copySelected(reader: LogReader, copy: (place: LinePlace) => void): void {
  const { selection } = reader;
  const entry = selection ? reader.entries[selection.entry] : undefined;
  if (selection && entry) copy({ seq: entry.seq, line: selection.line < 0 ? null : selection.line + 1 });
}
