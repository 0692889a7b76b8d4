import { Link } from '@remix-run/react';
import { ChevronLeftIcon, ChevronRightIcon } from 'lucide-react';
import { Button } from '~/components/ui/button.tsx';

interface PagerProps {
  nextCursor: string | null;
  /** True on a page after the first. */
  isOlder: boolean;
  /** What else the address says; its cursor is replaced. */
  search: URLSearchParams;
}

/** Ways to the older entries and back to the newest; nothing when all are on one page. */
export function Pager({ nextCursor, isOlder, search }: PagerProps) {
  if (nextCursor === null && !isOlder) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex items-center justify-between gap-2">
      {isOlder ? (
        <Button asChild variant="outline">
          <Link to={withCursor(search, null)}>
            <ChevronLeftIcon aria-hidden /> Newest
          </Link>
        </Button>
      ) : (
        <span />
      )}
      {nextCursor !== null && (
        <Button asChild variant="outline">
          <Link to={withCursor(search, nextCursor)}>
            Older <ChevronRightIcon aria-hidden />
          </Link>
        </Button>
      )}
    </nav>
  );
}

function withCursor(search: URLSearchParams, cursor: string | null): string {
  const next = new URLSearchParams(search);
  if (cursor === null) next.delete('cursor');
  else next.set('cursor', cursor);
  return `?${next.toString()}`;
}
