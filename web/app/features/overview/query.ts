import type { SeriesAxis } from './series.ts';

/** Spans that the page offers, in days. */
export const spans = [7, 30, 90] as const;
const defaultSpan = 30;

/** What the address of the overview says. */
export interface OverviewQuery {
  days: number;
  by: SeriesAxis;
  /** Null: all projects. */
  projectId: string | null;
}

/** Reads the address; what it does not name, or names wrongly, is the default. */
export function readOverviewQuery(search: URLSearchParams): OverviewQuery {
  const days = Number(search.get('days'));
  return {
    days: (spans as readonly number[]).includes(days) ? days : defaultSpan,
    by: search.get('by') === 'project' ? 'project' : 'day',
    projectId: search.get('project') || null,
  };
}

/** The address's query for another choice; defaults are left out. Begins with `?`, also when nothing follows. */
export function overviewSearch(query: OverviewQuery): string {
  const search = new URLSearchParams();
  if (query.days !== defaultSpan) search.set('days', String(query.days));
  if (query.by !== 'day') search.set('by', query.by);
  if (query.projectId !== null) search.set('project', query.projectId);
  return `?${search.toString()}`;
}
