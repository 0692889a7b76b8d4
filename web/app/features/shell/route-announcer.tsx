import { useLocation } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import { LiveRegion } from '~/components/live-region.tsx';

/** Tells screen readers which page is shown after a navigation: the browser itself says nothing when only a part is replaced. */
export function RouteAnnouncer() {
  const { pathname } = useLocation();
  const [title, setTitle] = useState('');
  const first = useRef<string | null>(pathname);
  useEffect(() => {
    // The page that was loaded as a whole has been announced by the browser.
    if (first.current === pathname) return;
    first.current = null;
    // The title of the new page is written by the same render.
    setTitle(document.title);
  }, [pathname]);
  return <LiveRegion message={title} />;
}
