import { Link, useLocation, useRevalidator } from '@remix-run/react';
import { CloudOffIcon } from 'lucide-react';
import { Button } from '~/components/ui/button.tsx';
import type { Problem } from '~/lib/api.ts';

/** Says that the page shows what was known last, why, and what helps. What is being typed stays. */
export function StaleNotice({ problem }: { problem: Problem }) {
  const { revalidate, state } = useRevalidator();
  const { pathname, search } = useLocation();
  return (
    <div role="alert" className="flex flex-wrap items-center gap-2 border-b border-warning/40 bg-warning/10 px-4 py-2 text-sm">
      <CloudOffIcon className="size-4 shrink-0 text-warning" aria-hidden />
      <p className="min-w-0 flex-1">
        {problem.status === 401
          ? 'Your session has ended. What you have typed is kept.'
          : `This page could not be brought up to date. ${problem.detail}`}
      </p>
      {problem.status === 401 ? (
        <Button size="sm" asChild>
          <Link to={`/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`}>Sign in</Link>
        </Button>
      ) : (
        <Button size="sm" variant="outline" disabled={state !== 'idle'} onClick={() => revalidate()}>
          Try again
        </Button>
      )}
    </div>
  );
}
