import { useCallback, useMemo } from 'react';
import { randomId } from '~/lib/random-id.ts';
import type { Block } from '../patch/context.ts';
import { openDraft, type Draft } from '../remarks/drafts.ts';
import { placeRemarks, type SentRemark } from '../remarks/sent.ts';
import type { DiffFile } from '../types.ts';
import { useBoard } from './board.ts';
import type { LineRange } from './use-selection.ts';

export type RemarkItem = { kind: 'draft'; draft: Draft } | { kind: 'sent'; remark: SentRemark; isEarlier: boolean };

export interface FileRemarks {
  /** By the line that they hang below, `side:line`. */
  placed: ReadonlyMap<string, RemarkItem[]>;
  /** Those whose line is not on the page. */
  unplaced: RemarkItem[];
  /** Drafts whose editor is open. */
  open: readonly Draft[];
  add: (range: LineRange, excerpt: string) => void;
}

const nothing: FileRemarks['placed'] = new Map();

/** The remarks of one file, sent and not, by the lines that are shown. */
export function useRemarks(file: DiffFile, blocks: readonly Block[]): FileRemarks {
  const { source, remarks } = useBoard();
  const { commit, against } = source;
  const change = remarks?.change;

  const own = useMemo(() => remarks?.drafts.filter(({ path }) => path === file.path) ?? [], [remarks?.drafts, file.path]);
  const places = useMemo(() => {
    const shown = { path: file.path, oldPath: file.oldPath, commit, isComparison: against !== null };
    const sent = placeRemarks(remarks?.sent ?? [], shown);
    const isHere = (draft: Draft) => draft.commit === commit && !(against !== null && draft.side === 'old');
    const items: { key: string | null; item: RemarkItem }[] = [
      ...sent.earlier.map((remark) => ({ key: null, item: { kind: 'sent' as const, remark, isEarlier: true } })),
      ...sent.here.map((remark) => ({
        key: `${remark.side}:${remark.endLine}`,
        item: { kind: 'sent' as const, remark, isEarlier: false },
      })),
      ...own.map((draft) => ({ key: isHere(draft) ? `${draft.side}:${draft.endLine}` : null, item: { kind: 'draft' as const, draft } })),
    ];
    if (items.length === 0) return { placed: nothing, unplaced: [] };
    const lines = keysOf(blocks);
    const placed = new Map<string, RemarkItem[]>();
    const unplaced: RemarkItem[] = [];
    for (const { key, item } of items) {
      if (key === null || !lines.has(key)) unplaced.push(item);
      else placed.set(key, [...(placed.get(key) ?? []), item]);
    }
    return { placed, unplaced };
  }, [remarks?.sent, own, file.path, file.oldPath, commit, against, blocks]);

  const add = useCallback(
    ({ side, startLine, endLine }: LineRange, excerpt: string) => {
      const fresh: Draft = {
        id: randomId(),
        path: file.path,
        side,
        startLine,
        endLine,
        commit,
        excerpt: excerpt.slice(0, 200),
        body: '',
        isOpen: true,
      };
      // An editor in which nothing was written gives way to the new choice.
      change?.((drafts) =>
        openDraft(
          drafts.filter(({ path, body }) => path !== file.path || body !== ''),
          fresh,
        ),
      );
    },
    [change, file.path, commit],
  );
  const open = useMemo(() => own.filter((draft) => draft.isOpen && draft.commit === commit), [own, commit]);
  return { ...places, open, add };
}

function keysOf(blocks: readonly Block[]): Set<string> {
  const keys = new Set<string>();
  for (const block of blocks) {
    if (block.kind === 'gap') continue;
    for (const { oldLine, newLine } of block.lines) {
      if (oldLine !== null) keys.add(`old:${oldLine}`);
      if (newLine !== null) keys.add(`new:${newLine}`);
    }
  }
  return keys;
}
