import { Link } from '@remix-run/react';
import { GitCompareArrowsIcon, LayersIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Elapsed } from '~/components/elapsed.tsx';
import { cn } from '~/lib/cn.ts';
import { formatCount, formatDuration, plural } from '~/lib/format.ts';
import { RunStatusIcon } from '~/features/runs/run-status.tsx';
import { purposes } from '~/features/runs/filters.ts';
import { comparePath, isRunning, newestFirst, type Run } from './run-facts.ts';

export interface RunRailProps {
  requestId: string;
  runs: readonly Run[];
  /** The run whose log is shown; null for all. */
  selected: string | null;
}

/** A request's runs: picking one shows its log alone. A column where there is room, else a row above the log. */
export function RunRail({ requestId, runs, selected }: RunRailProps) {
  const ordered = newestFirst(runs);
  const [newest, before] = ordered;
  return (
    <nav
      aria-label="Runs"
      className="flex shrink-0 gap-1 overflow-x-auto border-b p-1.5 @3xl:w-52 @3xl:flex-col @3xl:overflow-x-hidden @3xl:overflow-y-auto @3xl:border-r @3xl:border-b-0"
    >
      <ul className="flex gap-1 @3xl:flex-col">
        <li className="flex">
          <RailLink search="" isSelected={selected === null}>
            <span className="flex items-center gap-1.5 font-medium">
              <LayersIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
              All runs
            </span>
            <span className="text-xs text-muted-foreground">{plural(runs.length, 'run')}</span>
          </RailLink>
        </li>
        {ordered.map((run) => (
          <li key={run.runId} className="flex">
            <RailLink search={`?${new URLSearchParams({ run: run.runId }).toString()}`} isSelected={selected === run.runId}>
              <RunWords run={run} />
            </RailLink>
          </li>
        ))}
      </ul>
      {newest && before && (
        <Link
          to={comparePath(requestId, before.runId, newest.runId)}
          prefetch="intent"
          className="mt-0.5 flex min-h-8 shrink-0 items-center gap-1.5 self-start rounded-md px-2 text-xs font-medium whitespace-nowrap text-primary hover:underline"
        >
          <GitCompareArrowsIcon className="size-4" aria-hidden />
          Compare runs
        </Link>
      )}
    </nav>
  );
}

function RailLink({ search, isSelected, children }: { search: string; isSelected: boolean; children: ReactNode }) {
  return (
    <Link
      to={{ search }}
      preventScrollReset
      aria-current={isSelected ? 'true' : undefined}
      className={cn(
        'flex min-h-12 flex-1 flex-col justify-center rounded-md px-2 py-1 text-sm whitespace-nowrap hover:bg-accent',
        isSelected && 'bg-secondary text-secondary-foreground',
      )}
    >
      {children}
    </Link>
  );
}

function RunWords({ run }: { run: Run }) {
  const tokens = run.inputTokens + run.outputTokens;
  return (
    <>
      <span className="flex items-center gap-1.5 font-medium">
        <RunStatusIcon status={run.status} />
        Run {run.ordinal}
        <span className="font-normal text-muted-foreground">{purposes[run.purpose]}</span>
      </span>
      <span className="text-xs text-muted-foreground tabular-nums">
        {isRunning(run) ? <Elapsed sinceMs={run.createdAtMs} /> : formatDuration((run.endedAtMs ?? 0) - run.createdAtMs)}
        {tokens > 0 && ` · ${formatCount(tokens)} tokens`}
      </span>
    </>
  );
}
