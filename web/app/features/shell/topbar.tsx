import { Link, useLocation } from '@remix-run/react';
import { ChevronRightIcon, KeyboardIcon, SearchIcon } from 'lucide-react';
import { Fragment } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Kbd } from '~/components/ui/kbd.tsx';
import { Tooltip, TooltipContent, TooltipTrigger } from '~/components/ui/tooltip.tsx';
import { useCrumbs } from '~/lib/crumbs.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import { printKeys } from '~/lib/keymap.ts';
import { isMac } from '~/lib/shortcuts.ts';

/** Where the person is, and the ways to everywhere else. */
export function Topbar({ onSearch, onShortcuts }: { onSearch: () => void; onShortcuts: () => void }) {
  return (
    <div className="sticky top-0 z-20 flex h-11 shrink-0 items-center gap-2 border-b bg-background/90 px-4 backdrop-blur sm:px-6">
      <Breadcrumbs />
      <div className="ml-auto flex items-center gap-1">
        <SearchButton onSearch={onSearch} />
        <Tooltip>
          <TooltipTrigger asChild>
            <Button
              variant="ghost"
              size="icon"
              className="hidden text-muted-foreground sm:inline-flex"
              aria-label="Keyboard shortcuts"
              onClick={onShortcuts}
            >
              <KeyboardIcon aria-hidden />
            </Button>
          </TooltipTrigger>
          <TooltipContent>
            Keyboard shortcuts <Kbd>?</Kbd>
          </TooltipContent>
        </Tooltip>
      </div>
    </div>
  );
}

function Breadcrumbs() {
  const { pathname } = useLocation();
  const crumbs = useCrumbs(pathname);
  return (
    <nav aria-label="Breadcrumbs" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1 text-muted-foreground">
        {crumbs.map(({ label, to }, index) => (
          <Fragment key={`${index} ${label}`}>
            {index > 0 && (
              <li aria-hidden className="shrink-0">
                <ChevronRightIcon className="size-3.5" />
              </li>
            )}
            {to === undefined ? (
              <li className="min-w-0 truncate text-foreground" aria-current="page">
                {label}
              </li>
            ) : (
              <li className="max-w-48 min-w-0 truncate">
                <Link to={to} className="inline-flex min-h-6 items-center rounded-sm hover:text-foreground hover:underline">
                  {label}
                </Link>
              </li>
            )}
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}

function SearchButton({ onSearch }: { onSearch: () => void }) {
  const isHydrated = useHydrated();
  return (
    <Button
      variant="outline"
      className="text-muted-foreground shadow-none max-sm:size-8 max-sm:px-0 sm:w-60 sm:justify-start"
      onClick={onSearch}
    >
      <SearchIcon aria-hidden />
      <span className="truncate max-sm:sr-only">Search or jump to …</span>
      <Kbd className="ml-auto hidden shrink-0 px-1.5 sm:inline-flex">{printKeys('mod+k', isHydrated && isMac())[0]?.join(' ')}</Kbd>
    </Button>
  );
}
