import { describe, expect, it } from '@jest/globals';
import { noticesOf } from './notifications.ts';
import type { WaitingRequest } from './waiting.ts';

function waiting(count: number): WaitingRequest[] {
  return Array.from({ length: count }, (_, index) => ({ requestId: `r${index}`, title: `Title ${index}`, kind: 'answer' }));
}

describe('noticesOf', () => {
  it('says of each request what it needs, and leads to it', () => {
    const notices = noticesOf(waiting(2));

    expect(notices).toEqual([
      { title: 'Needs an answer', body: 'Title 0', path: '/requests/r0', tag: 'r0 answer' },
      { title: 'Needs an answer', body: 'Title 1', path: '/requests/r1', tag: 'r1 answer' },
    ]);
  });

  it('makes one of many', () => {
    const notices = noticesOf(waiting(4));

    expect(notices).toEqual([{ title: 'AstraForge', body: '4 requests wait for you', path: '/approvals', tag: 'waiting' }]);
  });

  it('has nothing to say about nothing', () => {
    const notices = noticesOf([]);

    expect(notices).toEqual([]);
  });
});
