import { describe, expect, it } from '@jest/globals';
import { waitAfter, warmWork, type WantedWarm, type WarmPlace, type WarmWork } from './warm-decisions.ts';

function place(workspaceId: string, over: Partial<WarmPlace> = {}): WarmPlace {
  return { workspaceId, projectId: 'p', warmKey: 'k', createdAt: new Date(0), ...over };
}

const one: WantedWarm = { projectId: 'p', count: 1, key: 'k', mayMake: true };

describe('warmWork', () => {
  it.each<[string, WantedWarm[], WarmPlace[], string[], Partial<WarmWork>]>([
    ['makes what is lacking', [one], [], [], { lacking: ['p'] }],
    ['leaves a pool alone that is as it is wanted', [one], [place('w')], ['w'], {}],
    ['replaces one that is dead', [one], [place('w')], [], { close: ['w'], lacking: ['p'] }],
    ['replaces one that is made of something else', [one], [place('w', { warmKey: 'old' })], ['w'], { close: ['w'], lacking: ['p'] }],
    ['ends those of a project that wants none any more', [], [place('w')], ['w'], { close: ['w'] }],
    [
      'keeps the newest of too many',
      [one],
      [place('old'), place('new', { createdAt: new Date(2) }), place('mid', { createdAt: new Date(1) })],
      ['old', 'new', 'mid'],
      { close: ['old', 'mid'] },
    ],
    ['makes none where it is not known of what, and lets what is there wait', [{ ...one, key: null, count: 2 }], [place('w')], ['w'], {}],
    ['makes none that cannot be made for a while', [{ ...one, mayMake: false, count: 2 }], [place('w')], ['w'], {}],
    [
      'serves projects in turns, those with fewer first',
      [
        { ...one, count: 3 },
        { projectId: 'q', count: 2, key: 'kq', mayMake: true },
      ],
      [place('w')],
      ['w'],
      { lacking: ['q', 'p', 'q', 'p'] },
    ],
  ])('%s', (_name, wanted, places, living, expected) => {
    expect(warmWork(wanted, places, new Set(living), 6)).toEqual({ close: [], lacking: [], ...expected });
  });
});

describe('warmWork of a host that holds few', () => {
  const two: WantedWarm[] = [
    { ...one, count: 2 },
    { projectId: 'q', count: 2, key: 'kq', mayMake: true },
  ];
  const ofQ = (workspaceId: string) => place(workspaceId, { projectId: 'q', warmKey: 'kq' });

  it.each<[string, number, WarmPlace[], Partial<WarmWork>]>([
    ['gives each project its first before any its second', 3, [], { lacking: ['p', 'q', 'p'] }],
    ['counts those that wait', 2, [place('w')], { lacking: ['q'] }],
    ['keeps what is there before it makes another', 1, [ofQ('w')], {}],
    ['ends a second one for the first of another project', 2, [place('w1'), place('w2')], { close: ['w2'], lacking: ['q'] }],
    ['ends those over its number, when that was lowered', 1, [place('w'), ofQ('v')], { close: ['v'] }],
    ['makes none when it holds none', 0, [], {}],
  ])('%s', (_name, most, places, expected) => {
    const living = new Set(places.map(({ workspaceId }) => workspaceId));

    expect(warmWork(two, places, living, most)).toEqual({ close: [], lacking: [], ...expected });
  });
});

describe('waitAfter', () => {
  it('is twice as long after each failure, and half an hour at most', () => {
    expect([1, 2, 3, 6, 7, 100].map(waitAfter)).toEqual([30_000, 60_000, 120_000, 960_000, 1_800_000, 1_800_000]);
  });
});
