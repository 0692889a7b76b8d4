import { ChevronDownIcon, ChevronRightIcon } from 'lucide-react';
import { useId, type RefObject } from 'react';
import { Badge, type BadgeVariant } from '~/components/ui/badge.tsx';
import { Checkbox } from '~/components/ui/checkbox.tsx';
import { notesOf, statusWord } from '../files/file-words.ts';
import { visibleText } from '../highlight/visible.ts';
import type { DiffFile } from '../types.ts';
import { useBoard } from './board.ts';
import { Counts } from './counts.tsx';

const variants: Readonly<Record<DiffFile['status'], BadgeVariant>> = {
  added: 'success',
  deleted: 'destructive',
  modified: 'outline',
  renamed: 'info',
  copied: 'info',
  'type-changed': 'warning',
};

export interface FileHeaderProps {
  file: DiffFile;
  isFolded: boolean;
  onFold: (folded: boolean) => void;
  toggle: RefObject<HTMLButtonElement>;
}

/** Name, what happened, counts, the viewed mark; stays in sight while its lines are read. */
export function FileHeader({ file, isFolded, onFold, toggle }: FileHeaderProps) {
  const { viewed } = useBoard();
  const id = useId();
  const notes = notesOf(file);
  const Chevron = isFolded ? ChevronRightIcon : ChevronDownIcon;
  return (
    <header className="sticky top-[45px] z-10 lg:top-0 rounded-t-lg border-b bg-card px-2 py-1">
      <div className="flex items-center gap-2">
        <button
          ref={toggle}
          type="button"
          aria-expanded={!isFolded}
          aria-label={`${isFolded ? 'Show' : 'Fold'} ${visibleText(file.path)}`}
          onClick={() => onFold(!isFolded)}
          className="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted-foreground hover:bg-accent hover:text-foreground"
        >
          <Chevron className="size-4" aria-hidden />
        </button>
        <h3 className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 font-medium wrap-anywhere">{visibleText(file.path)}</h3>
        <Counts insertions={file.insertions} deletions={file.deletions} />
        {file.status !== 'modified' && (
          <Badge variant={variants[file.status]} className="hidden sm:inline-flex">
            {statusWord(file)}
          </Badge>
        )}
        {viewed && (
          <label htmlFor={id} className="inline-flex h-7 shrink-0 items-center gap-1.5 text-xs text-muted-foreground">
            <Checkbox id={id} checked={viewed.has(file)} onCheckedChange={(checked) => viewed.set(file, checked)} />
            Viewed
          </label>
        )}
      </div>
      {notes.length > 0 && <p className="pb-1 pl-9 text-xs wrap-anywhere text-muted-foreground">{notes.map(visibleText).join(' ')}</p>}
    </header>
  );
}
