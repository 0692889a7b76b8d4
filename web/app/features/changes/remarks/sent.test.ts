import { describe, expect, it } from '@jest/globals';
import { messageWithRemark, runOf } from '../detail.fixture.ts';
import type { Message } from '../types.ts';
import { placeRemarks, sentRemarks, stateWords, type RemarkState } from './sent.ts';

const runs = [
  runOf({ ordinal: 1, commit: 'c1', endedAtMs: 200 }),
  runOf({ ordinal: 2, commit: 'c2', endedAtMs: 300 }),
  runOf({ ordinal: 3, commit: null, endedAtMs: null }),
];

describe('sentRemarks', () => {
  it.each<[string, Partial<Message>, RemarkState]>([
    ['just sent', {}, { kind: 'waiting' }],
    ['queued behind a run', { disposition: 'queued', runId: 'run-3' }, { kind: 'waiting' }],
    ['steered into a run that works', { disposition: 'steered', runId: 'run-3' }, { kind: 'working' }],
    ['carried by a run that ended without a commit for it', { disposition: 'carried', runId: 'run-2' }, { kind: 'unanswered' }],
    ['answered', { disposition: 'carried', runId: 'run-2', answeredBy: 'c2' }, { kind: 'answered', commit: 'c2', runId: 'run-2' }],
    ['answered by a commit of no run here', { answeredBy: 'c9' }, { kind: 'answered', commit: 'c9', runId: null }],
    [
      'carried by a run that left the commit as it was',
      { disposition: 'carried', runId: 'run-2', answeredBy: 'c1', subjectId: 'c1' },
      { kind: 'unanswered' },
    ],
    ['withdrawn', { disposition: 'withdrawn' }, { kind: 'withdrawn' }],
  ])('%s', (_, fields, state) => {
    const [remark] = sentRemarks([messageWithRemark(fields)], runs);

    expect(remark?.state).toEqual(state);
    expect(stateWords(state)).not.toBe('');
  });

  it('speaks of the commit that it names, else of the newest one at its time', () => {
    const commits = [
      messageWithRemark({ subjectId: 'c7' }),
      messageWithRemark({ createdAtMs: 250 }),
      messageWithRemark({ createdAtMs: 350 }),
      messageWithRemark({ createdAtMs: 10 }),
    ];

    expect(sentRemarks(commits, runs).map(({ commit }) => commit)).toEqual(['c7', 'c1', 'c2', null]);
  });
});

describe('placeRemarks', () => {
  const remarks = sentRemarks(
    [
      messageWithRemark({ messageId: 'here', subjectId: 'c2' }),
      messageWithRemark({ messageId: 'earlier', subjectId: 'c1' }),
      messageWithRemark({
        messageId: 'old',
        subjectId: 'c2',
        remarks: [{ path: 'a.ts', side: 'old', startLine: 1, endLine: 1, body: 'x' }],
      }),
      messageWithRemark({
        messageId: 'elsewhere',
        subjectId: 'c2',
        remarks: [{ path: 'b.ts', side: 'new', startLine: 1, endLine: 1, body: 'x' }],
      }),
    ],
    runs,
  );

  function keys(isComparison: boolean, path = 'a.ts', oldPath: string | null = null) {
    const { here, earlier } = placeRemarks(remarks, { path, oldPath, commit: 'c2', isComparison });
    return [here.map(({ key }) => key), earlier.map(({ key }) => key)];
  }

  it('tells those on the shown lines from earlier ones', () => {
    expect(keys(false)).toEqual([['here-0', 'old-0'], ['earlier-0']]);
  });

  it('knows that a comparison has other lines on its old side', () => {
    expect(keys(true)).toEqual([['here-0'], ['earlier-0', 'old-0']]);
  });

  it('follows a file that was renamed', () => {
    expect(keys(false, 'new-name.ts', 'a.ts')[0]).toEqual(['here-0', 'old-0']);
  });
});
