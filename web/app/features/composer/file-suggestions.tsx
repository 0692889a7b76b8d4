import { FileIcon } from 'lucide-react';
import { cn } from '~/lib/cn.ts';
import { plural } from '~/lib/format.ts';
import type { Suggestions } from './use-file-suggestions.ts';

export interface FileSuggestionsProps {
  id: string;
  suggestions: Suggestions;
  active: number;
  side: 'top' | 'bottom';
  onPick: (path: string) => void;
}

/** Id of an option, for `aria-activedescendant`. */
export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

/** The files that an `@` offers. The textarea keeps the focus and moves `active`. */
export function FileSuggestions({ id, suggestions, active, side, onPick }: FileSuggestionsProps) {
  const { paths, more, state } = suggestions;
  return (
    <div
      className={cn(
        'absolute inset-x-2 z-30 overflow-hidden rounded-md border bg-popover text-popover-foreground shadow-lg',
        side === 'top' ? 'bottom-full mb-1' : 'top-full mt-1',
      )}
    >
      <ul id={id} role="listbox" aria-label="Files of the project" className="max-h-64 overflow-y-auto p-1">
        {paths.map((path, index) => (
          <li
            key={path}
            id={optionId(id, index)}
            role="option"
            aria-selected={index === active}
            className={cn(
              'flex min-h-7 cursor-pointer items-center gap-2 rounded-sm px-2 py-1 text-sm',
              index === active && 'bg-accent text-accent-foreground',
            )}
            // The textarea must not lose its caret.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onPick(path)}
          >
            <FileIcon className="size-3.5 shrink-0 text-muted-foreground" aria-hidden />
            <PathText path={path} />
          </li>
        ))}
      </ul>
      <p role="status" className="border-t px-3 py-1.5 text-xs text-muted-foreground">
        {hintOf(state, paths.length, more)}
      </p>
    </div>
  );
}

/** The file's name stands out; a long folder is cut at its beginning. */
function PathText({ path }: { path: string }) {
  const slash = path.lastIndexOf('/');
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="shrink-0 truncate font-medium">{path.slice(slash + 1)}</span>
      {slash > 0 && <span className="truncate text-xs text-muted-foreground">{path.slice(0, slash)}</span>}
    </span>
  );
}

function hintOf(state: Suggestions['state'], count: number, more: boolean): string {
  if (state === 'failed') return 'The files of this project cannot be read now. Write the path by hand.';
  if (state !== 'ready') return 'Looking…';
  if (count === 0) return 'No file of this branch has that in its path.';
  return `${plural(count, 'file')}${more ? ', and more: type on to narrow them down' : ''}. ↑ ↓ choose, Enter takes, Esc closes.`;
}
