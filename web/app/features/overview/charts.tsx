import { BarController, BarElement, CategoryScale, Chart as ChartJs, type ChartConfiguration, LinearScale, Tooltip } from 'chart.js';
import { useEffect, useRef } from 'react';
import { formatCount, formatDuration, formatShare } from '~/lib/format.ts';
import { useResolvedTheme } from '~/lib/theme.ts';
import type { SeriesPoint } from './series.ts';

ChartJs.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

/** The four charts of the overview. */
export type ChartKind = 'throughput' | 'lead-time' | 'success' | 'tokens';

interface Series {
  key: 'opened' | 'merged' | 'failed' | 'leadTimeMs' | 'successRate' | 'inputTokens' | 'outputTokens';
  name: string;
  /** Custom property of the theme that holds its colour. */
  colour: string;
  /** Bars of one stack stand on each other, those of different stacks side by side. */
  stack: string;
}

interface Look {
  series: readonly Series[];
  format: (value: number) => string;
  /** Top of the axis; null: what the values need. */
  max: number | null;
  /** Ticks at whole numbers only. */
  whole: boolean;
}

const looks: Readonly<Record<ChartKind, Look>> = {
  throughput: {
    series: [
      { key: 'opened', name: 'Submitted', colour: '--chart-1', stack: 'opened' },
      { key: 'merged', name: 'Merged', colour: '--chart-2', stack: 'ended' },
      { key: 'failed', name: 'Failed', colour: '--chart-3', stack: 'ended' },
    ],
    format: formatCount,
    max: null,
    whole: true,
  },
  'lead-time': {
    series: [{ key: 'leadTimeMs', name: 'Submit to merge', colour: '--chart-1', stack: 'one' }],
    format: formatDuration,
    max: null,
    whole: false,
  },
  success: {
    series: [{ key: 'successRate', name: 'Merged of what ended', colour: '--chart-2', stack: 'one' }],
    format: formatShare,
    max: 1,
    whole: false,
  },
  tokens: {
    series: [
      { key: 'inputTokens', name: 'Read', colour: '--chart-1', stack: 'one' },
      { key: 'outputTokens', name: 'Written', colour: '--chart-4', stack: 'one' },
    ],
    format: formatCount,
    max: null,
    whole: true,
  },
};

/** One chart. A picture only: the card beside it holds the same figures as a table. */
export function Chart({ kind, points }: { kind: ChartKind; points: readonly SeriesPoint[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useResolvedTheme();
  useEffect(() => {
    if (canvas.current === null) return;
    const chart = new ChartJs(canvas.current, configurationOf(looks[kind], points, themeOf(canvas.current)));
    return () => chart.destroy();
    // The colours are read anew when the theme is another.
  }, [kind, points, theme]);
  return (
    <div className="relative h-45">
      <canvas ref={canvas} />
    </div>
  );
}

/** What a canvas cannot inherit. */
interface Theme {
  colour: (name: string) => string;
  font: { family: string; size: number };
}

/** A canvas knows no custom properties, so their values are looked up. */
function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  return { colour: (name) => style.getPropertyValue(name).trim(), font: { family: style.fontFamily, size: 11 } };
}

function configurationOf(
  look: Look,
  points: readonly SeriesPoint[],
  { colour, font }: Theme,
): ChartConfiguration<'bar', (number | null)[]> {
  const text = colour('--muted-foreground');
  return {
    type: 'bar',
    data: {
      labels: points.map(({ label }) => label),
      datasets: look.series.map(({ key, name, colour: own, stack }) => ({
        label: name,
        data: points.map((point) => point[key]),
        backgroundColor: colour(own),
        stack,
        maxBarThickness: 40,
        borderRadius: 2,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: {
          stacked: true,
          grid: { display: false },
          border: { display: false },
          ticks: { color: text, font, maxRotation: 0, autoSkipPadding: 24 },
        },
        y: {
          stacked: true,
          beginAtZero: true,
          ...(look.max === null ? {} : { max: look.max }),
          grid: { color: colour('--border') },
          border: { display: false },
          ticks: {
            color: text,
            font,
            maxTicksLimit: 5,
            callback: (value) => look.format(Number(value)),
            ...(look.whole ? { precision: 0 } : {}),
          },
        },
      },
      plugins: {
        tooltip: {
          backgroundColor: colour('--foreground'),
          titleColor: colour('--background'),
          bodyColor: colour('--background'),
          titleFont: font,
          bodyFont: font,
          callbacks: { label: ({ dataset, raw }) => `${dataset.label ?? ''}: ${typeof raw === 'number' ? look.format(raw) : '–'}` },
        },
      },
    },
  };
}
