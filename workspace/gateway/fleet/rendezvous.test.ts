import { describe, expect, it } from '@jest/globals';
import { rankGateways } from './rendezvous.ts';

const keys = Array.from({ length: 3_000 }, (_, index) => `run-${index}`);
const fleet = (...ids: string[]) => ids.map((gatewayId) => ({ gatewayId }));
const first = (key: string, ids: string[]) => rankGateways(key, fleet(...ids))[0]?.gatewayId;

function countByFirst(ids: string[]): number[] {
  const counts = Map.groupBy(keys, (key) => first(key, ids));
  return ids.map((id) => counts.get(id)?.length ?? 0);
}

describe('the gateways of a key', () => {
  it.each([
    ['nobody', [], []],
    ['the only one', ['a'], ['a']],
    ['each of them once', ['a', 'b', 'c'], ['a', 'b', 'c']],
  ])('are %s', (_what, ids, expected) => {
    const ranked = rankGateways('run-1', fleet(...ids));

    expect(ranked.map(({ gatewayId }) => gatewayId).sort()).toEqual(expected);
  });

  it('are the same however they are listed', () => {
    const orders = [
      ['a', 'b', 'c', 'd'],
      ['d', 'c', 'b', 'a'],
      ['b', 'd', 'a', 'c'],
    ].map((ids) => keys.map((key) => rankGateways(key, fleet(...ids)).map(({ gatewayId }) => gatewayId)));

    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
  });

  it.each([
    ['two', ['a', 'b']],
    ['three with names much alike', ['gateway-1', 'gateway-2', 'gateway-3']],
    ['five', ['a', 'b', 'c', 'd', 'e']],
  ])('are spread over %s', (_what, ids) => {
    const counts = countByFirst(ids);

    const share = keys.length / ids.length;
    expect(Math.min(...counts)).toBeGreaterThan(share * 0.85);
    expect(Math.max(...counts)).toBeLessThan(share * 1.15);
  });

  it('change for what a gateway had when it goes, and for nothing else', () => {
    const before = keys.map((key) => first(key, ['a', 'b', 'c']));
    const after = keys.map((key) => first(key, ['a', 'c']));

    const moved = keys.filter((_key, index) => before[index] !== after[index]);
    expect(moved).toEqual(keys.filter((_key, index) => before[index] === 'b'));
  });

  it('change for what a gateway gets when it comes, and for nothing else', () => {
    const before = keys.map((key) => first(key, ['a', 'b']));
    const after = keys.map((key) => first(key, ['a', 'b', 'c']));

    const moved = after.filter((id, index) => before[index] !== id);
    expect(new Set(moved)).toEqual(new Set(['c']));
  });

  it('keep their order without one of them: the next in line is who was second', () => {
    for (const key of keys.slice(0, 200)) {
      const [, ...rest] = rankGateways(key, fleet('a', 'b', 'c', 'd'));

      expect(rankGateways(key, rest)).toEqual(rest);
    }
  });
});
