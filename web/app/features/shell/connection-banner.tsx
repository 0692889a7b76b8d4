import { Link, useLocation } from '@remix-run/react';
import { CloudOffIcon, LogInIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { LiveRegion } from '~/components/live-region.tsx';
import { Button } from '~/components/ui/button.tsx';
import { reconnect, useConnection } from '~/lib/live/index.ts';

/** A loss that heals within this time is not shown, in ms. */
const patienceMs = 1_500;

/** Says that what is shown may be old, or that the session has ended, above the page; nothing while all is well. */
export function ConnectionBanner() {
  const connection = useConnection();
  const { pathname, search } = useLocation();
  const isLost = useLasting(connection === 'reconnecting', patienceMs);
  const shown = connection === 'signed-out' ? connection : isLost ? 'reconnecting' : 'connected';
  return (
    <>
      <LiveRegion message={words[shown]} />
      {shown !== 'connected' && (
        <div
          data-slot="connection-banner"
          className="flex min-h-9 flex-wrap items-center justify-center gap-x-3 gap-y-1 border-b bg-warning/10 px-4 py-1 text-center text-warning"
        >
          <span className="inline-flex items-center gap-2">
            {shown === 'signed-out' ? <LogInIcon className="size-4" aria-hidden /> : <CloudOffIcon className="size-4" aria-hidden />}
            {words[shown]}
          </span>
          {shown === 'signed-out' ? (
            <Button asChild size="sm" variant="outline" className="text-foreground">
              <Link to={`/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`}>Sign in</Link>
            </Button>
          ) : (
            <Button size="sm" variant="outline" className="text-foreground" onClick={reconnect}>
              Try now
            </Button>
          )}
        </div>
      )}
    </>
  );
}

const words = {
  connected: 'Connected',
  reconnecting: 'The connection is lost; what you see may be old. Reconnecting …',
  'signed-out': 'Your session has ended. What you typed is kept.',
};

/** True once `value` has been true for `forMs`. */
function useLasting(value: boolean, forMs: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!value) return setLasted(false);
    const timer = setTimeout(() => setLasted(true), forMs);
    return () => clearTimeout(timer);
  }, [value, forMs]);
  return value && lasted;
}
