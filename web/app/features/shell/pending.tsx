import { useLocation, useNavigation } from '@remix-run/react';
import { type ReactNode, useEffect, useState } from 'react';
import { Page } from '~/components/page.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';

/** A page that comes sooner shows no skeleton, in ms. */
const patienceMs = 250;

/** A thin bar at the top while a page or an action is under way. */
export function ProgressBar() {
  const { state } = useNavigation();
  if (state === 'idle') return null;
  return (
    <div className="fixed inset-x-0 top-0 z-50 h-0.5 overflow-hidden" role="progressbar" aria-label="Loading">
      <div className="h-full w-1/3 animate-progress bg-primary" />
    </div>
  );
}

/** The page, or the outline of a page while another one takes its time. What is there stays mounted: nothing typed is lost. */
export function PendingPage({ children }: { children: ReactNode }) {
  const { state, location } = useNavigation();
  const current = useLocation();
  const isLeaving = state === 'loading' && section(location.pathname) !== section(current.pathname);
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    if (!isLeaving) return setSlow(false);
    const timer = setTimeout(() => setSlow(true), patienceMs);
    return () => clearTimeout(timer);
  }, [isLeaving]);
  const showsOutline = isLeaving && isSlow;
  return (
    <>
      {showsOutline && <PageOutline />}
      <div className={showsOutline ? 'hidden' : 'contents'}>{children}</div>
    </>
  );
}

/** Tabs of one page are their page's own business. */
function section(pathname: string): string {
  return pathname.split('/').slice(0, 3).join('/');
}

function PageOutline() {
  return (
    <Page aria-busy>
      <p className="sr-only" role="status">
        Loading
      </p>
      <Skeleton className="mb-2 h-6 w-48" />
      <Skeleton className="mb-6 h-4 w-80 max-w-full" />
      <div className="flex flex-col gap-2.5">
        {['w-full', 'w-11/12', 'w-full', 'w-4/5', 'w-full', 'w-3/4'].map((width, index) => (
          <Skeleton key={index} className={`h-10 ${width}`} />
        ))}
      </div>
    </Page>
  );
}
