import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../workflows/contracts/errors.ts';
import { isAway } from './away.ts';

describe('isAway', () => {
  it.each([
    ['a server that does not answer', new DomainError('transient', 'kubernetes-unreachable', 'why'), true],
    ['a server that has just started and forbids', new DomainError('transient', 'kubernetes-forbidden', 'why'), true],
    ['a daemon that does not answer', new DomainError('transient', 'docker-unreachable', 'why'), true],
    ['a daemon that fails', new DomainError('transient', 'docker', 'why'), true],
    ['a daemon whose certificate is over', new DomainError('transient', 'docker-certificate', 'why'), true],
    ['certificates that were never usable', new DomainError('permanent', 'docker-certificate', 'why'), false],
    ['a place that is gone', new DomainError('transient', 'place-lost', 'why'), false],
    ['what somebody has to change first', new DomainError('permanent', 'kubernetes-forbidden', 'why'), false],
    ['an unexpected error', new TypeError('fetch failed'), false],
  ])('%s: %j', (_name, error, away) => {
    expect(isAway(error)).toBe(away);
  });
});
