import { describeAwaiting, describeStage } from '~/lib/stages.ts';
import { type AwaitingKind, awaitingKinds, personAwaits, type Stage, stages } from './stages.ts';

/** What the list of requests shows. It lives in the page's address alone, so that every view is a link. */
export interface RequestFilters {
  state: 'open' | 'closed' | null;
  stages: Stage[];
  awaiting: AwaitingKind[];
  /** Name or id of a project. */
  project: string | null;
  /** Id of a person, or `me`. */
  requester: string | null;
  text: string;
}

export const noFilters: RequestFilters = { state: null, stages: [], awaiting: [], project: null, requester: null, text: '' };

const longestText = 200;

/** The filters of an address; what it does not know is left out, never an error. */
export function parseFilters(search: URLSearchParams): RequestFilters {
  const state = search.get('state');
  return {
    state: state === 'open' || state === 'closed' ? state : null,
    stages: listOf(search.get('stage'), stages),
    awaiting: listOf(search.get('awaiting'), awaitingKinds),
    project: nameOf(search.get('project')),
    requester: nameOf(search.get('requester')),
    text: (search.get('text') ?? '').slice(0, longestText),
  };
}

/** The address of filters, always in the same order: equal filters are equal links. Empty for none. */
export function filtersToSearch(filters: RequestFilters): string {
  const search = new URLSearchParams(Object.entries(filtersToQuery(filters)));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** The filters as the API takes them. */
export function filtersToQuery(filters: RequestFilters): Record<string, string> {
  const { state, project, requester } = filters;
  const text = filters.text.trim();
  return {
    ...(state ? { state } : {}),
    ...(filters.stages.length > 0 ? { stage: stages.filter((stage) => filters.stages.includes(stage)).join(',') } : {}),
    ...(filters.awaiting.length > 0 ? { awaiting: awaitingKinds.filter((kind) => filters.awaiting.includes(kind)).join(',') } : {}),
    ...(project ? { project } : {}),
    ...(requester ? { requester } : {}),
    ...(text ? { text } : {}),
  };
}

/** True when nothing is filtered. */
export function isUnfiltered(filters: RequestFilters): boolean {
  return filtersToSearch(filters) === '';
}

/** The filters in words, for a view's name and for the list's heading. */
export function describeFilters(filters: RequestFilters, names: { project?: string; requester?: string } = {}): string {
  const whose = filters.requester === 'me' ? ' of mine' : filters.requester ? ` of ${names.requester ?? filters.requester}` : '';
  const parts = [
    `${filters.state === null ? 'All' : filters.state === 'open' ? 'Open' : 'Closed'} requests${whose}`,
    ...(filters.project ? [`in ${names.project ?? filters.project}`] : []),
    ...(filters.stages.length > 0 ? [filters.stages.map((stage) => describeStage(stage).label).join(' or ')] : []),
    ...(filters.awaiting.length > 0 ? [describeWaiting(filters.awaiting)] : []),
    ...(filters.text.trim() ? [`with “${filters.text.trim()}”`] : []),
  ];
  return parts.join(', ');
}

function describeWaiting(kinds: AwaitingKind[]): string {
  const all = personAwaits.every((kind) => kinds.includes(kind));
  return all ? 'that wait for a person' : kinds.map(describeAwaiting).join(' or ');
}

function listOf<T extends string>(text: string | null, known: readonly T[]): T[] {
  const given = new Set((text ?? '').split(','));
  return known.filter((each) => given.has(each));
}

function nameOf(text: string | null): string | null {
  const name = text?.trim().slice(0, longestText) ?? '';
  return name === '' ? null : name;
}
