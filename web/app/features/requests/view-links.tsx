import { Link } from '@remix-run/react';
import { BookmarkPlusIcon, XIcon } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Popover, PopoverContent, PopoverTrigger } from '~/components/ui/popover.tsx';
import { cn } from '~/lib/cn.ts';
import { describeFilters, type RequestFilters } from './filters.ts';
import { isShown, type SavedView, standardViews } from './saved-views.ts';
import { useSavedViews } from './use-saved-views.ts';

/** Views of the list as links: those that everybody has, and a person's own. */
export function ViewLinks({ filters, principalId }: { filters: RequestFilters; principalId: string }) {
  const { views, save, remove } = useSavedViews(principalId);
  const known = [...standardViews, ...views].some((view) => isShown(view, filters));
  return (
    <nav aria-label="Views" className="-mx-1 flex items-center gap-1 overflow-x-auto px-1 pb-1">
      {standardViews.map((view) => (
        <ViewLink key={view.name} view={view} isCurrent={isShown(view, filters)} />
      ))}
      {views.map((view) => (
        <span key={view.name} className="inline-flex items-center">
          <ViewLink view={view} isCurrent={isShown(view, filters)} />
          <button
            type="button"
            onClick={() => remove(view.name)}
            className="inline-flex size-6 items-center justify-center rounded-sm text-muted-foreground hover:text-foreground"
          >
            <XIcon className="size-3.5" aria-hidden />
            <span className="sr-only">Remove the view {view.name}</span>
          </button>
        </span>
      ))}
      {!known && <SaveView filters={filters} onSave={save} />}
    </nav>
  );
}

function ViewLink({ view, isCurrent }: { view: SavedView; isCurrent: boolean }) {
  return (
    <Link
      to={`/requests${view.search}`}
      aria-current={isCurrent ? 'page' : undefined}
      className={cn(
        'inline-flex h-7 items-center rounded-full px-2.5 text-sm whitespace-nowrap',
        isCurrent ? 'bg-secondary font-medium text-secondary-foreground' : 'text-muted-foreground hover:bg-muted hover:text-foreground',
      )}
    >
      {view.name}
    </Link>
  );
}

function SaveView({ filters, onSave }: { filters: RequestFilters; onSave: (name: string, filters: RequestFilters) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');

  function save(event: FormEvent): void {
    event.preventDefault();
    onSave(name, filters);
    setName('');
    setOpen(false);
  }

  return (
    <Popover open={isOpen} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button size="sm" variant="ghost" className="text-muted-foreground">
          <BookmarkPlusIcon aria-hidden />
          Save view
        </Button>
      </PopoverTrigger>
      <PopoverContent aria-label="Save this view" align="start">
        <form onSubmit={save} className="grid gap-2">
          <p className="text-xs text-muted-foreground">
            {describeFilters(filters)}. It is kept in this browser; its address works for everybody.
          </p>
          <Input
            aria-label="Name of the view"
            placeholder="Name"
            value={name}
            maxLength={40}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" size="sm" disabled={name.trim() === ''}>
            Save
          </Button>
        </form>
      </PopoverContent>
    </Popover>
  );
}
