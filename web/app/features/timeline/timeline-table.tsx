import { Table, TableBody, TableCaption, TableCell, TableFooter, TableHead, TableHeader, TableRow } from '~/components/ui/table.tsx';
import { formatDuration, formatInstant, formatShare } from '~/lib/format.ts';
import { describeStage } from '~/lib/stages.ts';
import type { Mark, Timeline } from './timeline.ts';

/** What the chart shows, in words: each stage's time, then the runs and gates. */
export function TimelineTable({ timeline, isClosed }: { timeline: Timeline; isClosed: boolean }) {
  const { rows, runs, gates, startMs, endMs } = timeline;
  return (
    <div className="grid gap-6">
      <Table aria-label="Time in each stage">
        <TableCaption className="sr-only">Time in each stage, since the request was submitted at {formatInstant(startMs)}</TableCaption>
        <TableHeader>
          <TableRow>
            <TableHead>Stage</TableHead>
            <TableHead className="text-right">Time</TableHead>
            <TableHead className="text-right">Share</TableHead>
            <TableHead className="text-right">Entered</TableHead>
            <TableHead>First entered</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map(({ stage, totalMs, share, bars }) => (
            <TableRow key={stage}>
              <TableHead scope="row" className="text-foreground">
                {describeStage(stage).label}
              </TableHead>
              <TableCell className="text-right whitespace-nowrap tabular-nums">{formatDuration(totalMs)}</TableCell>
              <TableCell className="text-right whitespace-nowrap tabular-nums">{formatShare(share)}</TableCell>
              <TableCell className="text-right whitespace-nowrap tabular-nums">
                {bars.length === 1 ? 'once' : `${bars.length} times`}
              </TableCell>
              <TableCell className="whitespace-nowrap tabular-nums">{formatInstant(bars[0]?.fromMs ?? startMs)}</TableCell>
            </TableRow>
          ))}
        </TableBody>
        <TableFooter>
          <TableRow>
            <TableHead scope="row">{isClosed ? 'Together' : 'So far'}</TableHead>
            <TableCell className="text-right whitespace-nowrap tabular-nums">{formatDuration(endMs - startMs)}</TableCell>
            <TableCell colSpan={3} />
          </TableRow>
        </TableFooter>
      </Table>
      <MarkTable title="Runs" marks={runs} />
      <MarkTable title="Gates" marks={gates} />
    </div>
  );
}

function MarkTable({ title, marks }: { title: string; marks: readonly Mark[] }) {
  if (marks.length === 0) return null;
  return (
    <Table aria-label={title}>
      <TableCaption className="sr-only">{title}</TableCaption>
      <TableHeader>
        <TableRow>
          <TableHead>{title}</TableHead>
          <TableHead>State</TableHead>
          <TableHead className="text-right">Time</TableHead>
          <TableHead>Began</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {marks.map(({ id, label, state, fromMs, toMs }) => (
          <TableRow key={id}>
            <TableHead scope="row" className="text-foreground">
              {label}
            </TableHead>
            <TableCell>{state}</TableCell>
            <TableCell className="text-right whitespace-nowrap tabular-nums">{formatDuration(toMs - fromMs)}</TableCell>
            <TableCell className="whitespace-nowrap tabular-nums">{formatInstant(fromMs)}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
