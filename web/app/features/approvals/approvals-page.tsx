import { useRef } from 'react';
import { InboxIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { LiveRegion } from '~/components/live-region.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Kbd } from '~/components/ui/kbd.tsx';
import { usePerson } from '~/lib/person.ts';
import { plural } from '~/lib/format.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { InboxCard } from './inbox-card.tsx';
import { type InboxItem, type InboxRequest, inboxOf, moveMark } from './inbox.ts';

/** Open gates: those that want my vote first, then those that have it, then those of other people. */
export function ApprovalsPage({ requests, more }: { requests: readonly InboxRequest[]; more: boolean }) {
  const inbox = inboxOf(requests, usePerson());
  const list = useRef<HTMLDivElement>(null);
  useShortcut('j', 'Next approval', () => focusNext(list.current, 1));
  useShortcut('k', 'Previous approval', () => focusNext(list.current, -1));
  return (
    <Page>
      <PageHeader
        title="Approvals"
        description="What is approved here is what is published: a vote names a commit, and exactly that commit is pushed."
        actions={
          <p className="hidden items-center gap-1.5 text-xs text-muted-foreground md:flex">
            <Kbd>J</Kbd> <Kbd>K</Kbd> move <Kbd>↵</Kbd> open
          </p>
        }
      />
      <LiveRegion message={`${plural(inbox.open.length, 'approval')} waiting for you`} />
      <div ref={list} className="flex flex-col gap-7">
        {inbox.open.length === 0 ? (
          <EmptyState icon={InboxIcon} title="Nothing wants your vote">
            When an agent has finished a change that needs an approval, it is here with its summary, its checks and its diff.
          </EmptyState>
        ) : (
          <InboxSection id="open" title="Want your vote" items={inbox.open} />
        )}
        {inbox.voted.length > 0 && <InboxSection id="voted" title="You have voted" items={inbox.voted} />}
        {inbox.others.length > 0 && <InboxSection id="others" title="Wait for others" items={inbox.others} />}
        {more && <p className="text-sm text-muted-foreground">There are more than fit here; they move up as these are decided.</p>}
      </div>
    </Page>
  );
}

function InboxSection({ id, title, items }: { id: string; title: string; items: readonly InboxItem[] }) {
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h2 id={id} className="flex items-center gap-2 text-sm font-semibold">
        {title}
        <span className="rounded-full bg-muted px-1.5 text-xs font-medium text-muted-foreground tabular-nums">{items.length}</span>
      </h2>
      <ul className="divide-y rounded-lg border bg-card">
        {items.map((item) => (
          <InboxCard key={item.request.requestId} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** Enter then follows the focused link by itself. */
function focusNext(list: HTMLElement | null, by: 1 | -1): void {
  const links = [...(list?.querySelectorAll<HTMLElement>('[data-inbox-link]') ?? [])];
  const focused = links.findIndex((link) => link.closest('li')?.contains(document.activeElement));
  links[moveMark(focused, by, links.length)]?.focus();
}
