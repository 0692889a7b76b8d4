import { CheckIcon, ChevronDownIcon, ChevronRightIcon, FileIcon, FolderIcon, SearchIcon } from 'lucide-react';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Input } from '~/components/ui/input.tsx';
import { cn } from '~/lib/cn.ts';
import { plural } from '~/lib/format.ts';
import { statusWord } from '../files/file-words.ts';
import { filterFiles, treeMove, treeOf, treeRows, type TreeRow } from '../files/tree.ts';
import { visibleText } from '../highlight/visible.ts';
import type { DiffFile } from '../types.ts';
import { Counts } from './counts.tsx';

const rowHeight = 28;
const none: ReadonlySet<string> = new Set();

export interface FileTreeProps {
  files: readonly DiffFile[];
  isViewed: (file: DiffFile) => boolean;
  /** Path of the file that is read now. */
  current: string | null;
  onChoose: (path: string) => void;
}

/** The changed files as a tree with a search; one stop for Tab, arrows inside (WAI-ARIA's tree pattern). Draws only what is in sight. */
export function FileTree({ files, isViewed, current, onChoose }: FileTreeProps) {
  const list = useRef<VirtuosoHandle>(null);
  const id = useId();
  const { search, setSearch, found, rows, at, setActive, toggle } = useTree(files);

  useEffect(() => {
    const index = rows.findIndex(({ node }) => node.path === current);
    if (index !== -1) list.current?.scrollIntoView({ index });
  }, [current, rows]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = treeMove(rows, at, event.key);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    if (move.kind === 'toggle') toggle(move.path);
    if (move.kind === 'choose') onChoose(move.path);
    if (move.kind === 'go') {
      setActive(move.index);
      list.current?.scrollIntoView({ index: move.index });
    }
  }

  return (
    <div className="flex h-full min-h-0 flex-col gap-2">
      <div className="relative">
        <SearchIcon className="pointer-events-none absolute top-2 left-2 size-4 text-muted-foreground" aria-hidden />
        <Input
          type="search"
          value={search}
          aria-label="Search in file names"
          placeholder="Search file names"
          className="pl-8"
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            const first = rows.find(({ node }) => node.kind === 'file');
            if (event.key === 'Enter' && first) onChoose(first.node.path);
          }}
        />
      </div>
      {search.trim() !== '' && (
        <p role="status" className="text-xs text-muted-foreground">
          {found.length === 0 ? 'No file has such a name.' : `${plural(found.length, 'file')} of ${files.length}`}
        </p>
      )}
      <Virtuoso
        ref={list}
        role="tree"
        aria-label="Changed files"
        aria-activedescendant={rows.length > 0 ? `${id}-${at}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="min-h-0 flex-1 rounded-md outline-offset-[-2px]"
        totalCount={rows.length}
        fixedItemHeight={rowHeight}
        increaseViewportBy={200}
        itemContent={(index) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <Row
              row={row}
              id={`${id}-${index}`}
              isActive={index === at}
              isCurrent={row.node.path === current}
              isViewed={row.node.kind === 'file' && isViewed(row.node.file)}
              onPress={() => {
                setActive(index);
                if (row.node.kind === 'folder') toggle(row.node.path);
                else onChoose(row.node.path);
              }}
            />
          );
        }}
      />
    </div>
  );
}

/** The rows of the tree: what is searched for, which folders are shut, where the keyboard stands. */
function useTree(files: readonly DiffFile[]) {
  const [search, setSearch] = useState('');
  const [closed, setClosed] = useState<ReadonlySet<string>>(none);
  const [active, setActive] = useState(0);
  // Typing goes on while the list follows.
  const wanted = useDeferredValue(search);
  const found = useMemo(() => filterFiles(files, wanted), [files, wanted]);
  const tree = useMemo(() => treeOf(found), [found]);
  // A search opens everything: what it found must be in sight.
  const rows = useMemo(() => treeRows(tree, wanted.trim() === '' ? closed : none), [tree, closed, wanted]);

  function toggle(path: string): void {
    setClosed((before) => {
      const after = new Set(before);
      if (!after.delete(path)) after.add(path);
      return after;
    });
  }

  return { search, setSearch, found, rows, at: Math.min(active, Math.max(0, rows.length - 1)), setActive, toggle };
}

interface RowProps {
  row: TreeRow;
  id: string;
  isActive: boolean;
  isCurrent: boolean;
  isViewed: boolean;
  onPress: () => void;
}

function Row({ row: { node, level, setSize, position, isOpen }, id, isActive, isCurrent, isViewed, onPress }: RowProps) {
  const isFolder = node.kind === 'folder';
  const counts = isFolder ? node : node.file;
  const Chevron = isOpen ? ChevronDownIcon : ChevronRightIcon;
  return (
    // The keyboard acts on the tree itself, by aria-activedescendant.
    <div
      id={id}
      role="treeitem"
      aria-level={level}
      aria-setsize={setSize}
      aria-posinset={position}
      aria-expanded={isFolder ? isOpen : undefined}
      aria-selected={isCurrent}
      title={node.path}
      onClick={onPress}
      className={cn(
        'flex h-7 cursor-pointer items-center gap-1.5 rounded-sm pr-1.5 text-xs hover:bg-accent',
        isCurrent && 'bg-accent font-medium',
        isActive && 'in-focus-visible:outline-2 in-focus-visible:outline-offset-[-2px] in-focus-visible:outline-ring',
      )}
      style={{ paddingLeft: 4 + (level - 1) * 12 }}
    >
      {isFolder ? <Chevron className="size-3.5 shrink-0 text-muted-foreground" aria-hidden /> : <span className="w-3.5 shrink-0" />}
      {isFolder ? (
        <FolderIcon className="size-3.5 shrink-0 text-muted-foreground" aria-hidden />
      ) : isViewed ? (
        <CheckIcon className="size-3.5 shrink-0 text-success" aria-hidden />
      ) : (
        <FileIcon className="size-3.5 shrink-0 text-muted-foreground" aria-hidden />
      )}
      <span className={cn('min-w-0 flex-1 truncate', isViewed && 'text-muted-foreground')}>{visibleText(node.name)}</span>
      <span className="sr-only">
        {isFolder ? plural(node.files, 'file') : statusWord(node.file)}
        {isViewed && ', viewed'}
      </span>
      <Counts insertions={counts.insertions} deletions={counts.deletions} />
    </div>
  );
}
