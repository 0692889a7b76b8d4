import { useMatches } from '@remix-run/react';

/** A step of the way to a page. Without `to` it is the page itself. */
export interface Crumb {
  label: string;
  to?: string;
}

/**
 * What a route says about its step, as `export const handle: CrumbHandle = {crumb: (data) => …}`; `data` is what its loader gave.
 * Null for a route that is no step of its own.
 */
export interface CrumbHandle {
  crumb: (data: never, params: Readonly<Record<string, string | undefined>>) => Crumb | null;
}

/** The names of the pages that stand in the navigation, by the first part of their path. */
const sections: Readonly<Record<string, string>> = {
  '': 'Overview',
  approvals: 'Approvals',
  requests: 'Requests',
  'merge-requests': 'Merge requests',
  runs: 'Runs',
  activity: 'Activity',
  projects: 'Projects',
  settings: 'Settings',
  welcome: 'Welcome',
};

const words: Readonly<Record<string, string>> = { new: 'New', checks: 'Checks', compare: 'Compare runs' };

interface Match {
  pathname: string;
  params: Readonly<Record<string, string | undefined>>;
  data: unknown;
  handle: unknown;
}

/** The way to the page that is shown: its section, then what its routes say of themselves; the last step has no address. */
export function crumbsOf(matches: readonly Match[], pathname: string): Crumb[] {
  const [first = '', second] = pathname.split('/').filter((part) => part !== '');
  const section = sections[first];
  if (section === undefined) return [];
  const steps: Crumb[] = [{ label: section, to: `/${first}` }];
  const own = matches.flatMap(({ handle, data, params }) => {
    const crumb = isCrumbHandle(handle) ? handle.crumb(data as never, params) : null;
    return crumb ? [crumb] : [];
  });
  if (own.length > 0) steps.push(...own);
  else if (second !== undefined) steps.push({ label: titleOf(matches.at(-1)?.data) ?? words[second] ?? second });
  const last = steps.at(-1);
  return last ? [...steps.slice(0, -1), { label: last.label }] : [];
}

/** The steps of the page that is shown. */
export function useCrumbs(pathname: string): Crumb[] {
  return crumbsOf(useMatches(), pathname);
}

function isCrumbHandle(handle: unknown): handle is CrumbHandle {
  return typeof handle === 'object' && handle !== null && 'crumb' in handle && typeof handle.crumb === 'function';
}

/** Loaders of a single thing mostly give it with its title or name. */
function titleOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const named = data as { title?: unknown; name?: unknown };
  if (typeof named.title === 'string') return named.title;
  return typeof named.name === 'string' ? named.name : null;
}
