import { describe, expect, it } from '@jest/globals';
import { withBadge } from './title-badge.ts';

describe('withBadge', () => {
  it.each([
    ['Requests', 0, 'Requests'],
    ['Requests', 3, '(3) Requests'],
    ['(3) Requests', 4, '(4) Requests'],
    ['(99+) Requests', 0, 'Requests'],
    ['Requests', 120, '(99+) Requests'],
    ['(draft) Requests', 1, '(1) (draft) Requests'],
  ])('%j with %d', (title, count, expected) => {
    const shown = withBadge(title, count);

    expect(shown).toBe(expected);
  });
});
