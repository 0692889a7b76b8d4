import { filtersToSearch, noFilters, parseFilters, type RequestFilters } from './filters.ts';
import { personAwaits } from './stages.ts';

/** A view of the list by its name: a link. */
export interface SavedView {
  name: string;
  /** With `?`, or empty for everything. */
  search: string;
}

const mostViews = 30;
const longestName = 40;

/** Views that everybody has. */
export const standardViews: readonly SavedView[] = [
  view('Open', { state: 'open' }),
  view('Needs a person', { awaiting: personAwaits }),
  view('Mine', { state: 'open', requester: 'me' }),
  view('Closed', { state: 'closed' }),
  view('All', {}),
];

function view(name: string, filters: Partial<RequestFilters>): SavedView {
  return { name, search: filtersToSearch({ ...noFilters, ...filters }) };
}

/** Views as a browser keeps them; what is of another shape is left out. */
export function parseViews(stored: string | null): SavedView[] {
  if (stored === null) return [];
  try {
    const value: unknown = JSON.parse(stored);
    return Array.isArray(value) ? value.filter(isView).slice(0, mostViews) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('search' in value)) return false;
  return typeof value.name === 'string' && typeof value.search === 'string' && (value.search === '' || value.search.startsWith('?'));
}

/** The views with one more; one of the same name is replaced. A name without words changes nothing. */
export function addView(views: readonly SavedView[], name: string, filters: RequestFilters): SavedView[] {
  const short = name.trim().slice(0, longestName);
  if (short === '') return [...views];
  const added = { name: short, search: filtersToSearch(filters) };
  return [...views.filter((each) => each.name !== short), added].slice(-mostViews);
}

/** True when the view shows exactly these filters. */
export function isShown({ search }: SavedView, filters: RequestFilters): boolean {
  return filtersToSearch(parseFilters(new URLSearchParams(search))) === filtersToSearch(filters);
}
