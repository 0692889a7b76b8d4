import { Link, useSearchParams } from '@remix-run/react';
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Card, CardContent, CardHeader, CardTitle } from '~/components/ui/card.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '~/components/ui/table.tsx';
import type { Schemas } from '~/lib/api.ts';
import { cn } from '~/lib/cn.ts';
import { formatCount, formatDuration, formatShare } from '~/lib/format.ts';
import type { ChartKind } from './charts.tsx';
import { type OverviewQuery, overviewSearch, readOverviewQuery, spans } from './query.ts';
import { isQuiet, type SeriesPoint, seriesOf } from './series.ts';

const Chart = lazy(async () => ({ default: (await import('./charts.tsx')).Chart }));

interface FiguresProps {
  query: OverviewQuery;
  totals: Schemas['Overview']['totals'];
  days: Schemas['Overview']['days'];
  projects: readonly { projectId: string; name: string }[];
  /** The server's clock when it counted, ms: what "the last days" end with. */
  nowMs: number;
}

/** Throughput, lead time, success rate and tokens: as totals, and as charts by day or project. */
export function Figures({ query, totals, days, projects, nowMs }: FiguresProps) {
  const { by, days: span } = query;
  // The same points draw the charts once only.
  const points = useMemo(() => seriesOf(days, by, { days: span, nowMs }), [days, by, span, nowMs]);
  return (
    <section aria-labelledby="figures" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 id="figures" className="mr-auto text-sm font-semibold">
          Figures
        </h2>
        <FigureControls query={query} projects={projects} />
      </div>
      <Totals totals={totals} />
      {isQuiet(points) ? (
        <p className="rounded-lg border border-dashed px-4 py-6 text-center text-sm text-muted-foreground">
          Nothing happened in the last {query.days} days. Charts appear here with the first request.
        </p>
      ) : (
        <div className="grid items-start gap-3 lg:grid-cols-2">
          {chartCards.map((card) => (
            <ChartCard key={card.kind} card={card} points={points} by={query.by} />
          ))}
        </div>
      )}
    </section>
  );
}

function Totals({ totals }: { totals: FiguresProps['totals'] }) {
  const tiles = [
    { label: 'Merged', value: formatCount(totals.merged), note: `of ${formatCount(totals.opened)} submitted` },
    {
      label: 'Lead time',
      value: totals.leadTimeMsP50 === null ? '–' : formatDuration(totals.leadTimeMsP50),
      note: 'median, from submit to merge',
    },
    { label: 'Success rate', value: formatShare(totals.successRate), note: 'merged of what ended' },
    {
      label: 'Tokens',
      value: formatCount(totals.inputTokens + totals.outputTokens),
      note: `${formatCount(totals.outputTokens)} of them written`,
    },
  ];
  return (
    <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      {tiles.map(({ label, value, note }) => (
        <Card key={label} className="px-4 py-3">
          <dt className="text-xs text-muted-foreground">{label}</dt>
          <dd className="mt-0.5 text-xl font-semibold tabular-nums">{value}</dd>
          <dd className="text-xs text-muted-foreground">{note}</dd>
        </Card>
      ))}
    </dl>
  );
}

function FigureControls({ query, projects }: Pick<FiguresProps, 'query' | 'projects'>) {
  const [search, setSearch] = useSearchParams();
  return (
    <div className="flex flex-wrap items-center gap-2">
      {projects.length > 1 && (
        <NativeSelect
          aria-label="Project"
          className="w-40"
          value={query.projectId ?? ''}
          onChange={(event) => {
            const projectId = event.currentTarget.value || null;
            setSearch(overviewSearch({ ...readOverviewQuery(search), projectId }), { preventScrollReset: true });
          }}
        >
          <option value="">All projects</option>
          {projects.map(({ projectId, name }) => (
            <option key={projectId} value={projectId}>
              {name}
            </option>
          ))}
        </NativeSelect>
      )}
      <Choice
        label="Charts by"
        options={(['day', 'project'] as const).map((by) => ({ label: `By ${by}`, query: { ...query, by }, current: by === query.by }))}
      />
      <Choice
        label="Span"
        options={spans.map((days) => ({ label: `${days} days`, query: { ...query, days }, current: days === query.days }))}
      />
    </div>
  );
}

function Choice({ label, options }: { label: string; options: { label: string; query: OverviewQuery; current: boolean }[] }) {
  return (
    <nav aria-label={label} className="flex rounded-md border p-0.5">
      {options.map((option) => (
        <Link
          key={option.label}
          to={overviewSearch(option.query)}
          preventScrollReset
          aria-current={option.current ? 'true' : undefined}
          className={cn(
            'inline-flex h-6.5 items-center rounded px-2 text-xs font-medium whitespace-nowrap',
            option.current ? 'bg-accent text-foreground' : 'text-muted-foreground hover:text-foreground',
          )}
        >
          {option.label}
        </Link>
      ))}
    </nav>
  );
}

interface ChartCardSpec {
  kind: ChartKind;
  title: string;
  columns: { head: string; cell: (point: SeriesPoint) => string }[];
  legend: { label: string; swatch: string }[];
}

const duration = (ms: number | null) => (ms === null ? '–' : formatDuration(ms));

const chartCards: readonly ChartCardSpec[] = [
  {
    kind: 'throughput',
    title: 'Throughput',
    columns: [
      { head: 'Submitted', cell: (point) => String(point.opened) },
      { head: 'Merged', cell: (point) => String(point.merged) },
      { head: 'Failed', cell: (point) => String(point.failed) },
    ],
    legend: [
      { label: 'Submitted', swatch: 'bg-chart-1' },
      { label: 'Merged', swatch: 'bg-chart-2' },
      { label: 'Failed', swatch: 'bg-chart-3' },
    ],
  },
  {
    kind: 'lead-time',
    title: 'Lead time',
    columns: [{ head: 'Submit to merge', cell: (point) => duration(point.leadTimeMs) }],
    legend: [],
  },
  {
    kind: 'success',
    title: 'Success rate',
    columns: [{ head: 'Merged of what ended', cell: (point) => formatShare(point.successRate) }],
    legend: [],
  },
  {
    kind: 'tokens',
    title: 'Tokens',
    columns: [
      { head: 'Read', cell: (point) => formatCount(point.inputTokens) },
      { head: 'Written', cell: (point) => formatCount(point.outputTokens) },
    ],
    legend: [
      { label: 'Read', swatch: 'bg-chart-1' },
      { label: 'Written', swatch: 'bg-chart-4' },
    ],
  },
];

function ChartCard({ card, points, by }: { card: ChartCardSpec; points: readonly SeriesPoint[]; by: OverviewQuery['by'] }) {
  return (
    <Card>
      <CardHeader className="pb-1">
        <CardTitle>{card.title}</CardTitle>
        {card.legend.length > 0 && (
          <ul className="mt-1 flex flex-wrap gap-x-3 gap-y-1 text-xs text-muted-foreground">
            {card.legend.map(({ label, swatch }) => (
              <li key={label} className="flex items-center gap-1.5">
                <span className={cn('size-2.5 rounded-[2px]', swatch)} aria-hidden />
                {label}
              </li>
            ))}
          </ul>
        )}
      </CardHeader>
      <CardContent>
        <div aria-hidden="true" className="h-45">
          <WhenSeen fallback={<Skeleton className="h-45" />}>
            <Chart kind={card.kind} points={points} />
          </WhenSeen>
        </div>
        <details className="mt-2">
          <summary className="w-fit cursor-pointer rounded text-xs text-muted-foreground hover:text-foreground">As a table</summary>
          <Table aria-label={`${card.title} by ${by}`} className="mt-2">
            <TableHeader>
              <TableRow>
                <TableHead>{by === 'day' ? 'Day' : 'Project'}</TableHead>
                {card.columns.map(({ head }) => (
                  <TableHead key={head} className="text-right">
                    {head}
                  </TableHead>
                ))}
              </TableRow>
            </TableHeader>
            <TableBody>
              {points.map((point) => (
                <TableRow key={point.key}>
                  <TableHead scope="row" className="font-normal text-foreground">
                    {point.label}
                  </TableHead>
                  {card.columns.map(({ head, cell }) => (
                    <TableCell key={head} className="text-right tabular-nums">
                      {cell(point)}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </details>
      </CardContent>
    </Card>
  );
}

/** Shows its children once it came into sight, in a browser: whoever does not scroll that far never loads them. */
function WhenSeen({ children, fallback }: { children: ReactNode; fallback: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      // A little before it is in sight, so that scrolling meets it drawn.
      { rootMargin: '300px' },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={place}>{seen ? <Suspense fallback={fallback}>{children}</Suspense> : fallback}</div>;
}
