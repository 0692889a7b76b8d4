import { describe, expect, it } from '@jest/globals';
import { isBeingStarted } from './begun.ts';

describe('isBeingStarted', () => {
  const nowMs = Date.parse('2026-03-01T10:00:00Z');

  it.each([
    ['one that just runs', { Running: true, StartedAt: '2026-03-01T09:59:30.5Z' }, true],
    ['one whose maker is silent', { Running: true, StartedAt: '2026-03-01T09:54:00Z' }, false],
    ['one whose maker was interrupted', { Running: false, StartedAt: '0001-01-01T00:00:00Z' }, false],
    ['one that ended with its maker', { Running: false, StartedAt: '2026-03-01T09:59:30Z' }, false],
  ])('%s', (_, state, expected) => {
    expect(isBeingStarted(state, nowMs)).toBe(expected);
  });
});
