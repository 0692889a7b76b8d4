import { Form, useSubmit } from '@remix-run/react';
import { ArrowRightIcon, GitCompareArrowsIcon } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Label } from '~/components/ui/label.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '~/components/ui/table.tsx';
import { newestFirst } from '~/features/log/run-facts.ts';
import { useRequestDetail } from '~/features/requests/request-context.ts';
import { purposes } from '~/features/runs/filters.ts';
import { RunStatusBadge } from '~/features/runs/run-status.tsx';
import { plural } from '~/lib/format.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import { useNow } from '~/lib/now.ts';
import { compareFacts, type Run } from './compare.ts';
import type { Comparison } from './load-compare.ts';

const DiffPreview = lazy(async () => ({ default: (await import('~/features/changes/diff-preview.tsx')).DiffPreview }));

/** The Compare tab: two runs of the request beside each other, and what lies between their checkpoints. */
export function CompareTab({ comparison }: { comparison: Comparison | null }) {
  const request = useRequestDetail();
  const nowMs = useNow('second');
  const left = request.runs.find(({ runId }) => runId === comparison?.leftId);
  const right = request.runs.find(({ runId }) => runId === comparison?.rightId);
  if (!comparison || !left || !right) {
    return (
      <EmptyState icon={GitCompareArrowsIcon} title="Nothing to compare yet" className="m-4">
        Two runs of a request can be compared here: what they took, and what the second changed of the first. This one has{' '}
        {plural(request.runs.length, 'run')} so far; a message to the agent starts the next.
      </EmptyState>
    );
  }
  return (
    <div className="@container flex flex-col gap-6 p-4">
      <PickForm runs={request.runs} left={left} right={right} />
      <Facts left={left} right={right} comparison={comparison} nowMs={nowMs ?? request.updatedAtMs} />
      <Between requestId={request.requestId} left={left} right={right} />
    </div>
  );
}

function PickForm({ runs, left, right }: { runs: readonly Run[]; left: Run; right: Run }) {
  const submit = useSubmit();
  return (
    <Form
      method="get"
      preventScrollReset
      onChange={(event) => submit(event.currentTarget, { preventScrollReset: true, replace: true })}
      className="flex flex-wrap items-end gap-3"
    >
      <RunChoice name="left" label="From" runs={runs} value={left.runId} />
      <ArrowRightIcon className="mb-2 size-4 text-muted-foreground max-sm:hidden" aria-hidden />
      <RunChoice name="right" label="To" runs={runs} value={right.runId} />
      <noscript>
        <Button type="submit" variant="outline">
          Compare
        </Button>
      </noscript>
    </Form>
  );
}

function RunChoice({ name, label, runs, value }: { name: string; label: string; runs: readonly Run[]; value: string }) {
  return (
    <div className="grid min-w-48 flex-1 gap-1 sm:max-w-64">
      <Label htmlFor={`compare-${name}`}>{label}</Label>
      <NativeSelect id={`compare-${name}`} name={name} key={value} defaultValue={value}>
        {newestFirst(runs).map((run) => (
          <option key={run.runId} value={run.runId}>
            {runName(run)}
          </option>
        ))}
      </NativeSelect>
    </div>
  );
}

function runName({ ordinal, purpose }: Run): string {
  return `Run ${ordinal}, ${purposes[purpose].toLowerCase()}`;
}

function Facts({ left, right, comparison, nowMs }: { left: Run; right: Run; comparison: Comparison; nowMs: number }) {
  return (
    <Table aria-label="Facts of the two runs">
      <TableHeader>
        <TableRow>
          <TableHead>
            <span className="sr-only">Fact</span>
          </TableHead>
          <TableHead>{runName(left)}</TableHead>
          <TableHead>{runName(right)}</TableHead>
          <TableHead>Change</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        <TableRow>
          <TableHead scope="row">Status</TableHead>
          <TableCell>
            <RunStatusBadge status={left.status} />
          </TableCell>
          <TableCell>
            <RunStatusBadge status={right.status} />
          </TableCell>
          <TableCell className="text-muted-foreground">{left.status === right.status ? 'same' : ''}</TableCell>
        </TableRow>
        {compareFacts(left, right, comparison.commands, nowMs).map((fact) => (
          <TableRow key={fact.label}>
            <TableHead scope="row">{fact.label}</TableHead>
            <TableCell className="tabular-nums">{fact.left}</TableCell>
            <TableCell className="tabular-nums">{fact.right}</TableCell>
            <TableCell className="text-muted-foreground tabular-nums">{fact.change ?? ''}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** What lies between the two checkpoints. */
function Between({ requestId, left, right }: { requestId: string; left: Run; right: Run }) {
  return (
    <section aria-labelledby="between-heading" className="flex min-w-0 flex-col gap-2">
      <h2 id="between-heading" className="font-medium">
        From the checkpoint of run {left.ordinal} to that of run {right.ordinal}
      </h2>
      <Difference requestId={requestId} left={left} right={right} />
    </section>
  );
}

function Difference({ requestId, left, right }: { requestId: string; left: Run; right: Run }) {
  const hydrated = useHydrated();
  const without = [left, right].find(({ checkpoint }) => checkpoint === null);
  if (without || !left.checkpoint || !right.checkpoint) {
    return <p className="text-muted-foreground">Run {without?.ordinal} made no checkpoint, so there is nothing to compare.</p>;
  }
  const { commit } = right.checkpoint;
  if (left.checkpoint.commit === commit) return <p className="text-muted-foreground">Nothing: both are the same commit.</p>;
  if (!hydrated) return <Skeleton className="h-40" />;
  return (
    <Suspense fallback={<Skeleton className="h-40" />}>
      <DiffPreview
        requestId={requestId}
        runId={right.runId}
        commit={commit}
        against={{ runId: left.runId, commit: left.checkpoint.commit }}
      />
    </Suspense>
  );
}
