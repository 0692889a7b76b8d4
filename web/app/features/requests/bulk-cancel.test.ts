import { describe, expect, it } from '@jest/globals';
import { cancelAll, type CancelState, summariseCancel } from './bulk-cancel.ts';

const refusal = {
  ok: false as const,
  problem: { title: 'Conflict', status: 409, code: 'request-closed', detail: 'This request is DONE.' },
};

describe('cancelAll', () => {
  it('tells of each request what became of it, and goes on behind one that is refused', async () => {
    const states = new Map<string, CancelState>();
    const cancel = (requestId: string) => Promise.resolve(requestId === 'b' ? refusal : { ok: true as const, data: null });

    await cancelAll(['a', 'b', 'c'], cancel, (requestId, state) => states.set(requestId, state));

    expect([...states]).toEqual([
      ['a', { done: true }],
      ['b', { done: false, reason: 'This request is DONE.' }],
      ['c', { done: true }],
    ]);
    expect(summariseCancel([...states.values()])).toBe('2 of 3 cancelled, 1 refused');
  });

  it('asks for a few at a time', async () => {
    let open = 0;
    let most = 0;
    const cancel = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return { ok: true as const, data: null };
    };

    await cancelAll(
      Array.from({ length: 20 }, (_, n) => `r${n}`),
      cancel,
      () => undefined,
    );

    expect(most).toBe(4);
  });
});

describe('summariseCancel', () => {
  it.each<[CancelState[], string]>([
    [['waiting', 'working'], '0 of 2 cancelled'],
    [[{ done: true }, { done: true }], '2 of 2 cancelled'],
  ])('of %j is %s', (states, words) => {
    expect(summariseCancel(states)).toBe(words);
  });
});
