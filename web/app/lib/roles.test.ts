import { describe, expect, it } from '@jest/globals';
import { holdsRole } from './roles.ts';

describe('holdsRole', () => {
  it.each([
    [['admin'], 'observer', true],
    [['maintainer'], 'maintainer', true],
    [['observer', 'reviewer'], 'maintainer', false],
    [['reviewer'], 'admin', false],
    [[], 'observer', false],
  ] as const)('%j holds %s: %s', (own, needed, holds) => {
    expect(holdsRole(own, needed)).toBe(holds);
  });
});
