import { describe, expect, it } from '@jest/globals';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import { joinDeltas, longBody, longestBodyBytes, storableTime } from './encode.ts';

function output(text: string, itemId = 'i', emittedAtMs = 1): NewEvent {
  return { type: 'command.output', emittedAtMs, data: { itemId, text } };
}

describe('joinDeltas', () => {
  it('keeps the time of the first delta, so that latency is never hidden', () => {
    const joined = joinDeltas([output('a', 'i', 10), output('b', 'i', 20)]);

    expect(joined).toEqual([output('ab', 'i', 10)]);
  });

  it('never joins beyond the size of a row', () => {
    const joined = joinDeltas(Array.from({ length: 10 }, () => output('x'.repeat(10_000))));

    expect(joined.length).toBeGreaterThan(1);
    expect(joined.map((event) => (event.data as { text: string }).text).join('')).toHaveLength(100_000);
    for (const event of joined) expect((event.data as { text: string }).text.length).toBeLessThanOrEqual(longestBodyBytes);
  });

  it('leaves other events as they are', () => {
    const events: NewEvent[] = [
      { type: 'agent.message', emittedAtMs: 1, data: { itemId: 'i', text: 'a' } },
      { type: 'agent.message', emittedAtMs: 1, data: { itemId: 'i', text: 'b' } },
      { type: 'exec.output', emittedAtMs: 1, data: { name: 'test', text: 'a' } },
      { type: 'exec.output', emittedAtMs: 1, data: { name: 'lint', text: 'b' } },
    ];

    expect(joinDeltas(events)).toEqual(events);
  });
});

describe('longBody', () => {
  it.each([
    ['fits exactly', { text: 'x'.repeat(longestBodyBytes - '{"text":""}'.length) }, true],
    ['is one byte too long', { text: 'x'.repeat(longestBodyBytes - '{"text":""}'.length + 1) }, false],
    ['is long in bytes, not in characters', { text: '€'.repeat(longestBodyBytes / 3) }, false],
  ])('a body that %s', (_name, data, fits) => {
    const long = longBody(data, JSON.stringify(data));

    expect(long === null).toBe(fits);
  });

  it('shortens whatever is long besides a text', () => {
    const data = { itemId: 'i', changes: Array.from({ length: 10_000 }, (_, n) => ({ path: `file-${n}`, kind: 'add' })) };

    const long = longBody(data, JSON.stringify(data));

    expect(long).toMatchObject({ mediaType: 'application/json', content: JSON.stringify(data), shortened: { itemId: 'i', changes: [] } });
  });
});

describe('storableTime', () => {
  it.each([
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
    [-1, 0],
    [1.6, 2],
    [1e300, 253_402_300_799_999],
  ])('%p becomes %p', (claimed, stored) => {
    expect(storableTime(claimed)).toBe(stored);
  });
});
