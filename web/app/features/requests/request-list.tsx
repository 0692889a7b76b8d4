import { type ComponentProps, forwardRef, type RefObject, useRef, useState } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Button } from '~/components/ui/button.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { useHydrated } from '~/lib/hydrated.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { RequestRow } from './request-row.tsx';
import { extendTo, moveBy, type Selection, toggle, toggleAll } from './selection.ts';
import type { RequestSummary } from './stages.ts';
import type { RowsHandle } from './use-rows.ts';

export interface RequestListProps {
  handle: RowsHandle;
  selection: Selection;
  onSelect: (change: (selection: Selection) => Selection) => void;
}

/** The rows: only those in sight are rendered, the next page is read before the end is reached, and the keyboard moves among them. */
export function RequestList({ handle, selection, onSelect }: RequestListProps) {
  const { rows, readOn, isReading, problem } = handle;
  const hydrated = useHydrated();
  const list = useRef<VirtuosoHandle>(null);
  const ids = rows.items.map(({ requestId }) => requestId);
  useListKeys(ids, selection, onSelect, list);

  const [onToggle] = useState(
    () => (requestId: string, extend: boolean) =>
      onSelect((before) => (extend ? extendTo(before, latestIds.current, requestId) : toggle(before, requestId))),
  );
  const latestIds = useRef(ids);
  latestIds.current = ids;

  const row = (request: RequestSummary) => (
    <RequestRow
      request={request}
      isChosen={selection.chosen.has(request.requestId)}
      isAt={selection.at === request.requestId}
      onToggle={onToggle}
    />
  );
  return (
    <div className="overflow-hidden rounded-lg border *:last:border-b-0">
      {hydrated ? (
        <Virtuoso
          ref={list}
          useWindowScroll
          data={rows.items}
          initialItemCount={Math.min(rows.items.length, 30)}
          computeItemKey={(_index, { requestId }) => requestId}
          increaseViewportBy={600}
          endReached={readOn}
          components={parts}
          itemContent={(_index, request) => row(request)}
        />
      ) : (
        // Virtual lists place themselves by style attributes, which a served page must not have.
        <ul aria-label="Requests">
          {rows.items.map((request) => (
            <li key={request.requestId}>{row(request)}</li>
          ))}
        </ul>
      )}
      <Foot isReading={isReading} problem={problem} hasMore={rows.nextCursor !== null} onReadOn={readOn} />
    </div>
  );
}

/** A list to screen readers, whatever it is made of. */
const parts = {
  List: forwardRef<HTMLDivElement, ComponentProps<'div'>>(function List(props, ref) {
    return <div {...props} ref={ref} role="list" aria-label="Requests" />;
  }),
  Item: (props: ComponentProps<'div'>) => <div {...props} role="listitem" />,
};

function Foot({
  isReading,
  problem,
  hasMore,
  onReadOn,
}: {
  isReading: boolean;
  problem: string | null;
  hasMore: boolean;
  onReadOn: () => void;
}) {
  if (problem !== null) {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-2 px-3 py-2">
        <p className="text-destructive">{problem}</p>
        <Button size="sm" variant="outline" onClick={onReadOn}>
          Try again
        </Button>
      </div>
    );
  }
  if (isReading) {
    return (
      <p className="flex items-center gap-2 px-3 py-2 text-muted-foreground" role="status">
        <Spinner /> Reading on…
      </p>
    );
  }
  return hasMore ? (
    <div className="px-3 py-2">
      <Button size="sm" variant="ghost" onClick={onReadOn}>
        Show more
      </Button>
    </div>
  ) : null;
}

/** j and k move, x chooses, Enter opens (the row's link has the focus), Escape lets go. */
function useListKeys(
  ids: readonly string[],
  selection: Selection,
  onSelect: RequestListProps['onSelect'],
  list: RefObject<VirtuosoHandle>,
): void {
  const move = (step: number) => {
    const next = moveBy(selection, ids, step);
    onSelect(() => next);
    if (next.at !== null) focusRow(next.at, ids, list.current);
  };
  const group = 'List of requests';
  useShortcut('j', 'Next request', () => move(1), { group });
  useShortcut('k', 'Previous request', () => move(-1), { group });
  useShortcut(
    'x',
    'Choose the request, or let it go',
    () => selection.at !== null && onSelect((before) => toggle(before, selection.at ?? '')),
    {
      group,
    },
  );
  useShortcut('shift+x', 'Choose all that are shown, or none', () => onSelect((before) => toggleAll(before, ids)), { group });
  useShortcut('escape', 'Let all go', () => onSelect((before) => ({ ...before, chosen: new Set() })), {
    group,
    enabled: selection.chosen.size > 0,
  });
}

/** Brings a row into sight and gives its link the focus; a row that is not rendered yet is scrolled to first. */
function focusRow(requestId: string, ids: readonly string[], list: VirtuosoHandle | null): void {
  const link = () => document.querySelector<HTMLElement>(`[data-request="${CSS.escape(requestId)}"] a`);
  const here = link();
  if (here) {
    here.focus({ preventScroll: true });
    here.scrollIntoView({ block: 'nearest' });
    return;
  }
  list?.scrollIntoView({ index: ids.indexOf(requestId), done: () => link()?.focus({ preventScroll: true }) });
}
