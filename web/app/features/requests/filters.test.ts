import { describe, expect, it } from '@jest/globals';
import { describeFilters, filtersToQuery, filtersToSearch, isUnfiltered, noFilters, parseFilters, type RequestFilters } from './filters.ts';
import { personAwaits } from './stages.ts';

const full: RequestFilters = {
  state: 'open',
  stages: ['EXECUTING', 'BLOCKED'],
  awaiting: ['answer', 'retry'],
  project: 'shop/api',
  requester: 'me',
  text: 'a&b = "c"',
};

describe('parseFilters and filtersToSearch', () => {
  it('bring every filter through an address and back', () => {
    expect(parseFilters(new URLSearchParams(filtersToSearch(full)))).toEqual(full);
    expect(filtersToSearch(noFilters)).toBe('');
    expect(parseFilters(new URLSearchParams())).toEqual(noFilters);
  });

  it('make equal filters equal links, whatever the order they were chosen in', () => {
    const other = { ...full, stages: [...full.stages].reverse(), awaiting: [...full.awaiting].reverse(), text: ` ${full.text} ` };

    expect(filtersToSearch(other)).toBe(filtersToSearch(full));
  });

  it.each([
    ['state=half', noFilters],
    ['stage=NONSENSE,DONE,DONE', { ...noFilters, stages: ['DONE'] }],
    ['awaiting=x&project=%20&text=%20', { ...noFilters, text: ' ' }],
    [`text=${'x'.repeat(300)}`, { ...noFilters, text: 'x'.repeat(200) }],
  ])('take of %s what they know', (search, expected) => {
    expect(parseFilters(new URLSearchParams(search))).toEqual(expected);
  });
});

describe('filtersToQuery', () => {
  it('asks the API for exactly what the address says', () => {
    expect(filtersToQuery(full)).toEqual({
      state: 'open',
      stage: 'EXECUTING,BLOCKED',
      awaiting: 'answer,retry',
      project: 'shop/api',
      requester: 'me',
      text: 'a&b = "c"',
    });
  });
});

describe('isUnfiltered', () => {
  it.each([
    [noFilters, true],
    [{ ...noFilters, text: '  ' }, true],
    [{ ...noFilters, state: 'open' as const }, false],
  ])('of %j is %j', (filters, expected) => {
    expect(isUnfiltered(filters)).toBe(expected);
  });
});

describe('describeFilters', () => {
  it.each<[Partial<RequestFilters>, string]>([
    [{}, 'All requests'],
    [{ state: 'open', requester: 'me' }, 'Open requests of mine'],
    [{ requester: 'p1', project: 'x' }, 'All requests of Ada, in shop'],
    [{ stages: ['DONE', 'FAILED'] }, 'All requests, Done or Failed'],
    [{ awaiting: personAwaits }, 'All requests, that wait for a person'],
    [{ awaiting: ['slot'], text: 'x' }, 'All requests, Queued, with “x”'],
  ])('of %j is %s', (filters, expected) => {
    expect(describeFilters({ ...noFilters, ...filters }, { project: 'shop', requester: 'Ada' })).toBe(expected);
  });
});
