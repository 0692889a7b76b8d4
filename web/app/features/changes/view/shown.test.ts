import { describe, expect, it } from '@jest/globals';
import { runOf } from '../detail.fixture.ts';
import { shownOf } from './shown.ts';

const runs = [
  runOf({ ordinal: 3, commit: 'c2', endedAtMs: 300 }),
  runOf({ ordinal: 1, commit: 'c1', endedAtMs: 100 }),
  runOf({ ordinal: 2, commit: 'c2', endedAtMs: 200 }),
  runOf({ ordinal: 4, commit: null, endedAtMs: null }),
];
const nothing = { run: null, against: null, pinned: null };

function show(asked: Partial<typeof nothing>) {
  const shown = shownOf(runs, { ...nothing, ...asked });
  return shown && { run: shown.run.runId, against: shown.against?.runId ?? null, newer: shown.newer?.runId ?? null };
}

describe('shownOf', () => {
  it('has nothing to show before the first checkpoint', () => {
    expect(shownOf([runOf({ ordinal: 1, commit: null, endedAtMs: null })], nothing)).toBeNull();
  });

  it.each<[string, Partial<Record<'run' | 'against' | 'pinned', string>>, unknown]>([
    ['the newest one by itself', {}, { run: 'run-2', against: null, newer: null }],
    ['what was pinned, and that there is a newer one', { pinned: 'run-1' }, { run: 'run-1', against: null, newer: 'run-2' }],
    ['what the address asks for, before what was pinned', { run: 'run-2', pinned: 'run-1' }, { run: 'run-2', against: null, newer: null }],
    ['a run that repeated a commit as the one that made it', { run: 'run-3' }, { run: 'run-2', against: null, newer: null }],
    ['a comparison', { against: 'run-1' }, { run: 'run-2', against: 'run-1', newer: null }],
    ['no comparison with itself or a later one', { run: 'run-1', against: 'run-2' }, { run: 'run-1', against: null, newer: 'run-2' }],
    ['the newest for an address that leads nowhere', { run: 'gone', against: 'gone' }, { run: 'run-2', against: null, newer: null }],
    ['the newest for a run without a checkpoint', { run: 'run-4' }, { run: 'run-2', against: null, newer: null }],
  ])('%s', (_, asked, expected) => {
    expect(show(asked as Partial<typeof nothing>)).toEqual(expected);
  });

  it('offers each commit once, oldest first', () => {
    expect(shownOf(runs, nothing)?.choices.map(({ runId }) => runId)).toEqual(['run-1', 'run-2']);
  });
});
