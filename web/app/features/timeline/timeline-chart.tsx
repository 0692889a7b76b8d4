import { cn } from '~/lib/cn.ts';
import { formatDuration } from '~/lib/format.ts';
import { describeStage, type Stage, type StageTone } from '~/lib/stages.ts';
import type { Bar, Mark, Timeline } from './timeline.ts';

const barFills: Readonly<Record<StageTone, string>> = {
  working: 'fill-info',
  waiting: 'fill-warning',
  done: 'fill-success',
  stopped: 'fill-destructive',
  idle: 'fill-muted-foreground',
};

/** Each stage's time as bars on one scale, runs and gates as thinner ones below. For eyes: the table says the same in words. */
export function TimelineChart({ timeline, isClosed }: { timeline: Timeline; isClosed: boolean }) {
  return (
    <figure aria-label="Time in each stage" className="min-w-0">
      <div
        aria-hidden
        className="grid grid-cols-[5.5rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 text-sm @2xl:grid-cols-[9rem_minmax(0,1fr)_auto]"
      >
        {timeline.rows.map((row) => (
          <Row key={row.stage} label={describeStage(row.stage).label} total={formatDuration(row.totalMs)}>
            <Bars bars={row.bars} ticks={timeline.ticks} className={fillOf(row.stage)} isLive={!isClosed} />
          </Row>
        ))}
        <Marks heading="Runs" marks={timeline.runs} ticks={timeline.ticks} className="fill-primary" isLive={!isClosed} />
        <Marks heading="Gates" marks={timeline.gates} ticks={timeline.ticks} className="fill-chart-4" isLive={!isClosed} />
        <Axis timeline={timeline} />
      </div>
      <Legend />
    </figure>
  );
}

function fillOf(stage: Stage): string {
  return barFills[describeStage(stage).tone];
}

function Row({ label, total, children, isFirst = false }: { label: string; total: string; children: React.ReactNode; isFirst?: boolean }) {
  const space = isFirst && 'mt-3';
  return (
    <>
      <span className={cn('truncate text-right text-xs text-muted-foreground', space)}>{label}</span>
      <span className={cn('block', space)}>{children}</span>
      <span className={cn('text-xs whitespace-nowrap tabular-nums', space)}>{total}</span>
    </>
  );
}

interface BarsProps {
  bars: readonly Bar[];
  ticks: Timeline['ticks'];
  className: string;
  isLive: boolean;
  isThin?: boolean;
}

function Bars({ bars, ticks, className, isLive, isThin = false }: BarsProps) {
  const height = isThin ? 8 : 20;
  return (
    <svg width="100%" height={height + 4} className="block overflow-visible">
      {ticks.map(({ atMs, left }) => (
        <line key={atMs} x1={`${left}%`} x2={`${left}%`} y1={-4} y2={height + 8} className="stroke-border" />
      ))}
      {bars.map(({ fromMs, left, width, open }) => (
        <rect
          key={fromMs}
          x={`${left}%`}
          width={`${width}%`}
          y={2}
          height={height}
          rx={3}
          className={cn(className, open && isLive && 'motion-safe:animate-pulse')}
        />
      ))}
    </svg>
  );
}

/** Runs or gates: one row each, so that those that overlap stay apart. */
function Marks({ heading, marks, ...look }: { heading: string; marks: readonly Mark[] } & Omit<BarsProps, 'bars' | 'isThin'>) {
  return (
    <>
      {marks.map((mark, index) => (
        <Row key={`${heading} ${mark.id}`} label={mark.label} total={formatDuration(mark.toMs - mark.fromMs)} isFirst={index === 0}>
          <Bars bars={[mark]} isThin {...look} />
        </Row>
      ))}
    </>
  );
}

function Axis({ timeline: { ticks } }: { timeline: Timeline }) {
  return (
    <>
      <span />
      <svg width="100%" height={18} className="block overflow-visible">
        {ticks.map(({ atMs, left }, index) => (
          <text
            key={atMs}
            x={`${left}%`}
            y={13}
            textAnchor={atMs === 0 ? 'start' : 'middle'}
            className={cn('fill-muted-foreground text-[0.6875rem]', index % 2 === 1 && '@max-xl:hidden')}
          >
            {atMs === 0 ? '0' : tickWords(atMs)}
          </text>
        ))}
      </svg>
      <span />
    </>
  );
}

/** Whole units, since ticks are round: "30 s", "5 min", "2 h", "7 d". */
function tickWords(ms: number): string {
  if (ms < 60_000) return `${ms / 1_000} s`;
  if (ms < 3_600_000) return trimmed(ms / 60_000, 'min');
  return ms < 86_400_000 ? trimmed(ms / 3_600_000, 'h') : trimmed(ms / 86_400_000, 'd');
}

function trimmed(value: number, unit: string): string {
  return `${Math.round(value * 10) / 10} ${unit}`;
}

const legend: readonly { fill: string; words: string }[] = [
  { fill: 'fill-info', words: 'AstraForge or the agent works' },
  { fill: 'fill-warning', words: 'waits for a person' },
  { fill: 'fill-primary', words: 'runs' },
  { fill: 'fill-chart-4', words: 'gates' },
];

function Legend() {
  return (
    <figcaption className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground">
      {legend.map(({ fill, words }) => (
        <span key={words} className="inline-flex items-center gap-1.5">
          <svg width={10} height={10} aria-hidden>
            <rect width={10} height={10} rx={2} className={fill} />
          </svg>
          {words}
        </span>
      ))}
    </figcaption>
  );
}
