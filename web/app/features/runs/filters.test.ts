import { describe, expect, it } from '@jest/globals';
import { readRunsQuery, runDurationMs, runsSearch } from './filters.ts';

describe('readRunsQuery', () => {
  it.each([
    ['', { status: null, cursor: null }],
    ['?status=failed&cursor=abc', { status: 'failed', cursor: 'abc' }],
    ['?status=nonsense&cursor=', { status: null, cursor: null }],
  ])('of %j', (search, query) => {
    expect(readRunsQuery(new URLSearchParams(search))).toEqual(query);
  });
});

describe('runsSearch', () => {
  it.each(['?', '?status=working', '?status=failed&cursor=abc'])('gives %s back', (search) => {
    expect(runsSearch(readRunsQuery(new URLSearchParams(search)))).toBe(search);
  });
});

describe('runDurationMs', () => {
  it.each([
    [1000, 4000, 9000, 3000],
    [1000, null, 9000, 8000],
    [9500, null, 9000, 0],
  ])('from %d to %s at %d: %d', (createdAtMs, endedAtMs, nowMs, duration) => {
    expect(runDurationMs({ createdAtMs, endedAtMs }, nowMs)).toBe(duration);
  });
});
