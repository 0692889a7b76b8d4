import { describe, expect, it } from '@jest/globals';
import { overviewSearch, readOverviewQuery } from './query.ts';

describe('readOverviewQuery', () => {
  it.each([
    ['', { days: 30, by: 'day', projectId: null }],
    ['?days=7&by=project&project=p1', { days: 7, by: 'project', projectId: 'p1' }],
    ['?days=8&by=week&project=', { days: 30, by: 'day', projectId: null }],
    ['?days=NaN', { days: 30, by: 'day', projectId: null }],
  ])('of %j', (search, query) => {
    expect(readOverviewQuery(new URLSearchParams(search))).toEqual(query);
  });
});

describe('overviewSearch', () => {
  it.each(['?', '?days=90&by=project&project=p1'])('gives %s back', (search) => {
    expect(overviewSearch(readOverviewQuery(new URLSearchParams(search)))).toBe(search);
  });
});
