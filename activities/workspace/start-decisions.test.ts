import { describe, expect, it } from '@jest/globals';
import { requestInput, runInput, checkpoint } from '../testing/samples.ts';
import { chooseStart, executorSpec, mayTakeWarm, reusable, type SavedWork } from './start-decisions.ts';

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
      [{ attempt: 1, baseCommit: 'base1', save }],
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
      [{ attempt: 1, baseCommit: 'base1', save: null }],
      { kind: 'base', from: null, session: null },
    ],
    [
      'a save without a session',
      from,
      2,
      [{ attempt: 1, baseCommit: 'base1', save: { ...save, sessionArtifactId: null } }],
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
        { attempt: 1, baseCommit: 'base1', save },
        { attempt: 2, baseCommit: 'base1', save: null },
      ],
      {
        kind: 'save',
        from: { commit: 's1', bundleArtifactId: 'b-save', baseCommit: 'base1' },
        session: { artifactId: 'sess-save', threadId: 't-save' },
      },
    ],
    ['its own save on a retry', null, 1, [{ attempt: 1, baseCommit: 'base1', save }], { kind: 'base', from: null, session: null }],
  ])('starts %s', (_name, runFrom, attempt, earlier, expected) => {
    expect(chooseStart({ from: runFrom }, attempt, earlier)).toEqual(expected);
  });
});

describe('reusable', () => {
  const run = runInput({ from, request: requestInput({ requestId: 'r1' }) });
  const idle = (workspaceId: string, createdAtMs: number, hostId = 'h1', requestId = 'r1') => ({
    workspaceId,
    createdAtMs,
    hostId,
    requestId,
  });

  it('takes the newest of this request on this host', () => {
    const found = reusable(run, 1, 'h1', [idle('old', 1), idle('new', 2), idle('elsewhere', 3, 'h2'), idle('other', 4, 'h1', 'r2')]);

    expect(found.map((workspace) => workspace.workspaceId)).toEqual(['new', 'old']);
  });

  it('takes none for a later attempt or without a checkpoint', () => {
    expect(reusable(run, 2, 'h1', [idle('w', 1)])).toEqual([]);
    expect(reusable(runInput({ from: null }), 1, 'h1', [idle('w', 1)])).toEqual([]);
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
