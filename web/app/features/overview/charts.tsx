import { Bar, BarChart, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatCount, formatDuration, formatShare } from '~/lib/format.ts';
import type { SeriesPoint } from './series.ts';

/** The four charts of the overview. */
export type ChartKind = 'throughput' | 'lead-time' | 'success' | 'tokens';

const axis = {
  stroke: 'var(--muted-foreground)',
  tick: { fill: 'var(--muted-foreground)', fontSize: 11 },
  tickLine: false,
  axisLine: false,
};

interface ShownSeries {
  key: keyof SeriesPoint;
  name: string;
  colour: string;
  format: (value: number) => string;
}

const shown: Readonly<Record<ChartKind, readonly ShownSeries[]>> = {
  throughput: [
    { key: 'merged', name: 'Merged', colour: 'var(--chart-2)', format: formatCount },
    { key: 'failed', name: 'Failed', colour: 'var(--chart-3)', format: formatCount },
    { key: 'opened', name: 'Submitted', colour: 'var(--chart-1)', format: formatCount },
  ],
  'lead-time': [{ key: 'leadTimeMs', name: 'Submit to merge', colour: 'var(--chart-1)', format: formatDuration }],
  success: [{ key: 'successRate', name: 'Merged of what ended', colour: 'var(--chart-2)', format: formatShare }],
  tokens: [
    { key: 'inputTokens', name: 'Read', colour: 'var(--chart-1)', format: formatCount },
    { key: 'outputTokens', name: 'Written', colour: 'var(--chart-4)', format: formatCount },
  ],
};

/** One chart. A picture only: the card beside it holds the same figures as a table. */
export function Chart({ kind, points }: { kind: ChartKind; points: readonly SeriesPoint[] }) {
  const data = [...points];
  const series = shown[kind];
  const format = series[0]?.format ?? formatCount;
  const frame = (
    <>
      <CartesianGrid vertical={false} stroke="var(--border)" />
      <XAxis dataKey="label" {...axis} minTickGap={24} />
      <YAxis
        {...axis}
        width={48}
        allowDecimals={kind === 'lead-time' || kind === 'success'}
        domain={kind === 'success' ? [0, 1] : [0, 'auto']}
        tickFormatter={format}
      />
      <Tooltip content={<ChartTooltip series={series} />} cursor={{ fill: 'var(--muted)', opacity: 0.6 }} isAnimationActive={false} />
    </>
  );
  return (
    <ResponsiveContainer width="100%" height={180}>
      {kind === 'throughput' ? (
        <ComposedChart data={data}>
          {frame}
          <Bar dataKey="merged" stackId="ended" fill="var(--chart-2)" isAnimationActive={false} />
          <Bar dataKey="failed" stackId="ended" fill="var(--chart-3)" isAnimationActive={false} />
          <Line dataKey="opened" stroke="var(--chart-1)" strokeWidth={2} dot={false} isAnimationActive={false} />
        </ComposedChart>
      ) : kind === 'tokens' ? (
        <BarChart data={data}>
          {frame}
          <Bar dataKey="inputTokens" stackId="tokens" fill="var(--chart-1)" isAnimationActive={false} />
          <Bar dataKey="outputTokens" stackId="tokens" fill="var(--chart-4)" isAnimationActive={false} />
        </BarChart>
      ) : (
        <BarChart data={data}>
          {frame}
          <Bar dataKey={series[0]?.key ?? ''} fill={series[0]?.colour} radius={[2, 2, 0, 0]} isAnimationActive={false} />
        </BarChart>
      )}
    </ResponsiveContainer>
  );
}

interface TooltipProps {
  series: readonly ShownSeries[];
  active?: boolean;
  payload?: { payload?: SeriesPoint }[];
}

function ChartTooltip({ series, active, payload }: TooltipProps) {
  const point = payload?.[0]?.payload;
  if (!active || !point) return null;
  return (
    <div className="rounded-md border bg-popover px-2.5 py-1.5 text-xs text-popover-foreground shadow-md">
      <p className="mb-1 font-medium">{point.label}</p>
      {series.map(({ key, name, colour, format }) => (
        <p key={key} className="flex items-center gap-2">
          <span className="size-2 rounded-full" style={{ background: colour }} aria-hidden />
          <span className="text-muted-foreground">{name}</span>
          <span className="ml-auto tabular-nums">{typeof point[key] === 'number' ? format(point[key]) : '–'}</span>
        </p>
      ))}
    </div>
  );
}
