/** What one project did on one day (UTC), as the API counts it. */
export interface ProjectDay {
  /** `YYYY-MM-DD`. */
  day: string;
  projectId: string;
  projectName: string;
  opened: number;
  merged: number;
  failed: number;
  /** Requests that ended in whatever way, also without a change. */
  ended: number;
  leadTimeMsP50: number | null;
  inputTokens: number;
  outputTokens: number;
}

/** One place on a chart's axis: a day, or a project over all days. */
export interface SeriesPoint {
  key: string;
  label: string;
  opened: number;
  merged: number;
  failed: number;
  ended: number;
  /** Of the requests that ended, the share that was merged, 0 to 1; null when none ended. */
  successRate: number | null;
  /** Median from submit to merge; over several of the API's rows the mean of their medians, weighted by their merges. */
  leadTimeMs: number | null;
  inputTokens: number;
  outputTokens: number;
}

export type SeriesAxis = 'day' | 'project';

const dayMs = 86_400_000;

/** The last `count` days up to the one of `nowMs`, oldest first, as `YYYY-MM-DD` in UTC. */
export function lastDays(count: number, nowMs: number): string[] {
  return Array.from({ length: count }, (_, index) => new Date(nowMs - (count - 1 - index) * dayMs).toISOString().slice(0, 10));
}

/** The points of the charts: every day of the span, also those on which nothing happened, or every project that has rows. */
export function seriesOf(rows: readonly ProjectDay[], axis: SeriesAxis, span: { days: number; nowMs: number }): SeriesPoint[] {
  if (axis === 'day')
    return lastDays(span.days, span.nowMs).map((day) =>
      combine(
        day,
        dayLabel(day),
        rows.filter((row) => row.day === day),
      ),
    );
  const byProject = Map.groupBy(rows, ({ projectId }) => projectId);
  return [...byProject]
    .map(([projectId, own]) => combine(projectId, own[0]?.projectName ?? projectId, own))
    .toSorted((one, other) => other.opened - one.opened || one.label.localeCompare(other.label));
}

function combine(key: string, label: string, rows: readonly ProjectDay[]): SeriesPoint {
  const sum = (of: (row: ProjectDay) => number) => rows.reduce((total, row) => total + of(row), 0);
  const merged = sum((row) => row.merged);
  const ended = sum((row) => row.ended);
  return {
    key,
    label,
    opened: sum((row) => row.opened),
    merged,
    failed: sum((row) => row.failed),
    ended,
    successRate: ended === 0 ? null : merged / ended,
    leadTimeMs: meanLeadTime(rows),
    inputTokens: sum((row) => row.inputTokens),
    outputTokens: sum((row) => row.outputTokens),
  };
}

function meanLeadTime(rows: readonly ProjectDay[]): number | null {
  const known = rows.flatMap(({ leadTimeMsP50, merged }) =>
    leadTimeMsP50 === null ? [] : [{ leadTimeMsP50, weight: Math.max(1, merged) }],
  );
  const weight = known.reduce((total, row) => total + row.weight, 0);
  return weight === 0 ? null : known.reduce((total, row) => total + row.leadTimeMsP50 * row.weight, 0) / weight;
}

/** `3 Nov` of `2025-11-03`: the same on the server and in every browser. */
export function dayLabel(day: string): string {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const [, month = '1', date = '1'] = day.split('-');
  return `${Number(date)} ${months[Number(month) - 1] ?? ''}`;
}

/** True when no point has anything to show. */
export function isQuiet(points: readonly SeriesPoint[]): boolean {
  return points.every(
    ({ opened, merged, failed, inputTokens, outputTokens }) => opened + merged + failed + inputTokens + outputTokens === 0,
  );
}
