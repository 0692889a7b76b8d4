import { Outlet, useLocation } from '@remix-run/react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { cn } from '~/lib/cn.ts';
import { RequestTabs } from './request-tabs.tsx';
import type { RequestDetail } from './stages.ts';

type Side = 'conversation' | 'details';

/**
 * The two sides of a request's page: the conversation, and the tabs with what they hold. Beside each other where there is room,
 * else one at a time. A link to another tab brings its side to the front.
 */
export function RequestFrame({ request, conversation }: { request: RequestDetail; conversation: ReactNode }) {
  const [side, setSide] = useState<Side>('conversation');
  useSideOfAddress(request.requestId, setSide);
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <SideSwitch side={side} onChange={setSide} />
      <section
        aria-label="Conversation"
        className={cn(
          'min-h-0 min-w-0 flex-1 flex-col lg:flex lg:max-w-[44rem] lg:basis-2/5 lg:border-r',
          side === 'conversation' ? 'flex' : 'hidden',
        )}
      >
        {conversation}
      </section>
      <section
        aria-label="Details"
        className={cn('min-h-0 min-w-0 flex-1 flex-col lg:flex lg:basis-3/5', side === 'details' ? 'flex' : 'hidden')}
      >
        <RequestTabs request={request} />
        <div className="flex min-h-0 flex-1 flex-col lg:overflow-y-auto">
          <Outlet />
        </div>
      </section>
    </div>
  );
}

/** Where the page has one side at a time, going to a tab shows it; so does opening the address of one. */
function useSideOfAddress(requestId: string, setSide: (side: Side) => void): void {
  const { pathname, search, hash } = useLocation();
  const address = `${pathname}${search}${hash}`;
  const before = useRef<string | null>(null);
  useEffect(() => {
    const first = before.current === null;
    if (before.current === address) return;
    before.current = address;
    const isIndex = pathname.replace(/\/$/, '') === `/requests/${requestId}` && search === '' && hash === '';
    if (!first || !isIndex) setSide('details');
  }, [address, hash, pathname, requestId, search, setSide]);
}

function SideSwitch({ side, onChange }: { side: Side; onChange: (side: Side) => void }) {
  return (
    <div role="group" aria-label="What to show" className="sticky top-11 z-10 flex gap-1 border-b bg-background p-1.5 lg:hidden">
      {(['conversation', 'details'] as const).map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={side === each}
          onClick={() => onChange(each)}
          className={cn(
            'h-8 flex-1 rounded-md text-sm font-medium',
            side === each ? 'bg-secondary text-secondary-foreground' : 'text-muted-foreground hover:text-foreground',
          )}
        >
          {each === 'conversation' ? 'Conversation' : 'Details'}
        </button>
      ))}
    </div>
  );
}
