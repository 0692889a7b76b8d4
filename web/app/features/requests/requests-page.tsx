import { Link } from '@remix-run/react';
import { ListIcon, PlusIcon, SearchXIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Page } from '~/components/page.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Button } from '~/components/ui/button.tsx';
import { plural } from '~/lib/format.ts';
import { usePerson } from '~/lib/person.ts';
import { BulkCancelDialog } from './bulk-cancel-dialog.tsx';
import { FilterBar, type FilterBarProps } from './filter-bar.tsx';
import { describeFilters, isUnfiltered, type RequestFilters } from './filters.ts';
import { RequestList } from './request-list.tsx';
import type { RequestPage } from './rows.ts';
import { keepOnly, nothingChosen, type Selection } from './selection.ts';
import { isClosed } from './stages.ts';
import { useRows } from './use-rows.ts';
import { ViewLinks } from './view-links.tsx';

export interface RequestsPageProps extends Pick<FilterBarProps, 'projects' | 'people'> {
  filters: RequestFilters;
  page: RequestPage;
}

/** All requests: filtered by the address, kept as they are now, with what can be done to several at once. */
export function RequestsPage({ filters, page, projects, people }: RequestsPageProps) {
  const person = usePerson();
  const handle = useRows(page, filters);
  const [selection, setSelection] = useState<Selection>(nothingChosen);
  const { items } = handle.rows;
  useEffect(
    () =>
      setSelection((before) =>
        keepOnly(
          before,
          items.map(({ requestId }) => requestId),
        ),
      ),
    [items],
  );
  const projectName = projects.find(({ projectId }) => projectId === filters.project)?.name;
  const requesterName = people.find(({ id }) => id === filters.requester)?.name;
  return (
    <Page>
      <PageHeader
        title="Requests"
        description={describeFilters(filters, { project: projectName, requester: requesterName })}
        actions={
          <Button asChild>
            <Link to="/requests/new">
              <PlusIcon aria-hidden />
              New request
            </Link>
          </Button>
        }
      />
      <div className="mb-3 grid gap-2">
        <ViewLinks filters={filters} principalId={person.id} />
        <FilterBar filters={filters} projects={projects} people={people} />
      </div>
      {items.length === 0 ? <Nothing filters={filters} /> : <RequestList handle={handle} selection={selection} onSelect={setSelection} />}
      <BulkBar handle={handle} selection={selection} onSelect={setSelection} />
    </Page>
  );
}

function Nothing({ filters }: { filters: RequestFilters }) {
  if (isUnfiltered(filters)) {
    return (
      <EmptyState
        icon={ListIcon}
        title="No requests yet"
        action={
          <Button asChild>
            <Link to="/requests/new">Write the first one</Link>
          </Button>
        }
      >
        A request is a prompt against one of your projects. An agent works on it in isolation, your checks run, you approve the change, and
        it becomes a merge request. From a terminal: <code className="font-mono text-xs">npm run astraforge -- submit “…”</code>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={SearchXIcon}
      title="No request fits"
      action={
        <Button asChild variant="outline">
          <Link to="/requests">Show all requests</Link>
        </Button>
      }
    >
      {describeFilters(filters)}: there is none now. New ones appear here by themselves.
    </EmptyState>
  );
}

interface BulkBarProps {
  handle: ReturnType<typeof useRows>;
  selection: Selection;
  onSelect: (change: (selection: Selection) => Selection) => void;
}

/** What can be done to the chosen requests. */
function BulkBar({ handle, selection, onSelect }: BulkBarProps) {
  const [isCancelling, setCancelling] = useState(false);
  const [asked, setAsked] = useState<typeof handle.rows.items>([]);
  const chosen = handle.rows.items.filter(({ requestId }) => selection.chosen.has(requestId));
  const open = chosen.filter(({ stage }) => !isClosed(stage));

  function ask(): void {
    // What is asked about stays the same while rows move on below.
    setAsked(open);
    setCancelling(true);
  }

  return (
    <>
      {chosen.length > 0 && (
        <div
          role="region"
          aria-label="Chosen requests"
          className="sticky bottom-4 z-10 mx-auto mt-4 flex w-fit max-w-full flex-wrap items-center gap-2 rounded-lg border bg-popover px-3 py-2 shadow-lg max-md:bottom-20"
        >
          <p role="status">
            {plural(chosen.length, 'request')} chosen{open.length < chosen.length && `, ${open.length} of them open`}
          </p>
          <Button size="sm" variant="destructive" disabled={open.length === 0} onClick={ask}>
            Cancel {open.length > 0 && open.length}…
          </Button>
          <Button size="sm" variant="ghost" onClick={() => onSelect((before) => ({ ...before, chosen: new Set() }))}>
            Let go
          </Button>
        </div>
      )}
      <BulkCancelDialog
        requests={asked}
        isOpen={isCancelling}
        onOpenChange={setCancelling}
        onDone={(ids) => onSelect((before) => ({ ...before, chosen: new Set([...before.chosen].filter((id) => !ids.includes(id))) }))}
      />
    </>
  );
}
