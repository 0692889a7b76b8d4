import { describe, expect, it } from '@jest/globals';
import { checkpoint } from '../testing/samples.ts';
import { chooseStart, executorSpec, mayTakeWarm, reusable, unfinishedBefore, type EarlierRun, type SavedWork } from './start-decisions.ts';

const save: SavedWork = { commit: 's1', bundleArtifactId: 'b-save', sessionArtifactId: 'sess-save', threadId: 't-save' };
const from = checkpoint({ commit: 'c1', baseCommit: 'base', bundleArtifactId: 'b-c1', sessionArtifactId: 'sess-c1', threadId: 't-c1' });

describe('chooseStart', () => {
  it.each([
    ['a first run', null, 1, [], { kind: 'base', from: null, session: null }],
    [
      'a follow-up',
      from,
      1,
      [],
      {
        kind: 'checkpoint',
        from: { commit: 'c1', bundleArtifactId: 'b-c1', baseCommit: 'base' },
        session: { artifactId: 'sess-c1', threadId: 't-c1' },
      },
    ],
    [
      'a second attempt with a save',
      from,
      2,
      [{ runId: 'r2', attempt: 1, baseCommit: 'base1', save }],
      {
        kind: 'save',
        from: { commit: 's1', bundleArtifactId: 'b-save', baseCommit: 'base1' },
        session: { artifactId: 'sess-save', threadId: 't-save' },
      },
    ],
    [
      'a second attempt that saved nothing',
      null,
      2,
      [{ runId: 'r2', attempt: 1, baseCommit: 'base1', save: null }],
      { kind: 'base', from: null, session: null },
    ],
    [
      'a save without a session',
      from,
      2,
      [{ runId: 'r2', attempt: 1, baseCommit: 'base1', save: { ...save, sessionArtifactId: null } }],
      {
        kind: 'save',
        from: { commit: 's1', bundleArtifactId: 'b-save', baseCommit: 'base1' },
        session: { artifactId: 'sess-c1', threadId: 't-c1' },
      },
    ],
    [
      'a third attempt whose second saved nothing',
      null,
      3,
      [
        { runId: 'r2', attempt: 1, baseCommit: 'base1', save },
        { runId: 'r2', attempt: 2, baseCommit: 'base1', save: null },
      ],
      {
        kind: 'save',
        from: { commit: 's1', bundleArtifactId: 'b-save', baseCommit: 'base1' },
        session: { artifactId: 'sess-save', threadId: 't-save' },
      },
    ],
    [
      'its own save on a retry',
      null,
      1,
      [{ runId: 'r2', attempt: 1, baseCommit: 'base1', save }],
      { kind: 'base', from: null, session: null },
    ],
  ])('starts %s', (_name, runFrom, attempt, earlier, expected) => {
    expect(chooseStart({ runId: 'r2', from: runFrom }, attempt, earlier)).toEqual(expected);
  });
});

describe('chooseStart, after runs that did not get to their end', () => {
  const at = (runId: string, attempt: number, commit: string | null) => ({
    ...{ runId, attempt, baseCommit: 'base1' },
    save: commit === null ? null : { ...save, commit },
  });

  const lost = (runId: string, reason = 'place-lost') => ({ runId, reason });

  it.each([
    ['the save of its last attempt', [at('r1', 1, 'old'), at('r1', 2, 'new')], [lost('r1', 'supervisor-gone')], 'new'],
    ['the save of an attempt before, where the last one saved nothing', [at('r1', 1, 'old'), at('r1', 2, null)], [lost('r1')], 'old'],
    [
      'the save of a run before, where the last one saved nothing',
      [at('r0', 1, 'old'), at('r1', 1, null)],
      [lost('r1'), lost('r0')],
      'old',
    ],
    ['a save of its own first', [at('r1', 2, 'theirs'), at('r2', 1, 'own')], [lost('r1')], 'own'],
    ['nothing of a run that is none of them', [at('r0', 1, 'theirs')], [lost('r1')], 'c1'],
    ['no save that took a supervisor along', [at('r0', 1, 'bad'), at('r1', 1, null)], [lost('r1', 'supervisor-gone'), lost('r0')], 'c1'],
    ['no save after which nothing was heard', [at('r0', 1, 'bad'), at('r1', 1, null)], [lost('r1', 'inactivity'), lost('r0')], 'c1'],
  ])('starts from %s', (_, earlier, unfinished, commit) => {
    expect(chooseStart({ runId: 'r2', from }, 2, earlier, unfinished).from).toMatchObject({ commit });
  });
});

describe('unfinishedBefore', () => {
  const lost: Omit<EarlierRun, 'runId' | 'ordinal'> = { purpose: 'implement', status: 'failed', reason: 'place-lost', checkpoint: null };
  const runs = (...changes: Partial<EarlierRun>[]) =>
    changes.map((change, index): EarlierRun => ({ ...lost, runId: `r${index + 1}`, ordinal: index + 1, ...change }));

  it.each([
    ['none for a first run', 1, runs({ status: 'working', reason: null }), []],
    ['all of several in a row, newest first', 3, runs({}, { reason: 'place-unreachable' }, { status: 'working' }), ['r2', 'r1']],
    ['those that took too long or were silent', 3, runs({ reason: 'wall-clock' }, { reason: 'inactivity' }), ['r2', 'r1']],
    ['none before one that succeeded', 3, runs({}, { status: 'succeeded', reason: null, checkpoint: from }), []],
    ['none before one that failed by itself', 3, runs({}, { reason: 'agent-exit' }), []],
    ['none before one that stored a checkpoint, from which this one starts', 2, runs({ checkpoint: from }), []],
    ['none with another purpose', 2, runs({ purpose: 'plan' }), []],
  ])('names %s', (_, ordinal, earlier, expected) => {
    expect(unfinishedBefore({ ordinal, purpose: 'implement' }, earlier).map(({ runId }) => runId)).toEqual(expected);
  });
});

describe('reusable', () => {
  const run = { requestId: 'r1', attempt: 1, point: { kind: 'checkpoint' as const } };
  const idle = (workspaceId: string, createdAtMs: number, hostId = 'h1', requestId = 'r1') => ({
    workspaceId,
    createdAtMs,
    hostId,
    requestId,
  });

  it('takes the newest of this request on this host', () => {
    const found = reusable(run, 'h1', [idle('old', 1), idle('new', 2), idle('elsewhere', 3, 'h2'), idle('other', 4, 'h1', 'r2')]);

    expect(found.map((workspace) => workspace.workspaceId)).toEqual(['new', 'old']);
  });

  it.each([
    ['for a later attempt', { attempt: 2 }],
    ['without a checkpoint', { point: { kind: 'base' as const } }],
    ['for a save, whose agent it has never seen', { point: { kind: 'save' as const } }],
  ])('takes none %s', (_, change) => {
    expect(reusable({ ...run, ...change }, 'h1', [idle('w', 1)])).toEqual([]);
  });
});

describe('mayTakeWarm', () => {
  it.each([
    ['that has no place', [], true],
    ['of whose start an earlier try left an ended place', [{ runId: 'r1', state: 'ended' }], true],
    ['of whose start an earlier try has a place', [{ runId: 'r1', state: 'active' }], false],
    ['beside another run', [{ runId: 'r2', state: 'active' }], true],
  ])('answers for a run %s', (_, places, expected) => {
    expect(mayTakeWarm({ runId: 'r1' }, places)).toBe(expected);
  });
});

describe('executorSpec', () => {
  it('refuses an unknown executor and a command executor without a command', () => {
    expect(() => executorSpec('gpt', null)).toThrow(/no executor "gpt"/);
    expect(() => executorSpec('command', null)).toThrow(/EXECUTOR_COMMAND/);
    expect(executorSpec('command', 'sh x.sh')).toEqual({ name: 'command', command: 'sh x.sh' });
  });
});
