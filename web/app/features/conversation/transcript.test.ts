import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '~/lib/log-event.ts';
import { emptyTranscript, extend, transcriptTypes, type Transcript } from './transcript.ts';

let seq = 0;
function event(type: LogEvent['type'], data: object, at: { runId?: string | null; attempt?: number } = {}): LogEvent {
  seq += 1;
  return {
    seq,
    requestId: 'r',
    runId: at.runId === undefined ? 'run1' : at.runId,
    attempt: at.attempt ?? 1,
    emittedAtMs: seq,
    type,
    data,
  } as LogEvent;
}

function from(...events: LogEvent[]): Transcript {
  return extend(emptyTranscript, events);
}

const delta = (text: string, itemId = 'i1') => event('agent.delta', { itemId, text });
const message = (text: string, itemId = 'i1') => event('agent.message', { itemId, text });

describe('extend', () => {
  it('grows the words of the agent and ends them with the whole message, at the place where they began', () => {
    const transcript = from(
      delta('Hel'),
      delta('lo'),
      event('command.started', { itemId: 'c', command: 'ls', cwd: '/' }),
      message('Hello!'),
    );

    expect(transcript.items.map((item) => [item.kind, item.kind === 'agent' ? [item.text, item.isWriting] : null])).toEqual([
      ['agent', ['Hello!', false]],
      ['work', null],
    ]);
  });

  it('counts each event once, in whatever pieces and how often they come', () => {
    const events = [delta('a'), delta('b'), message('ab'), delta('c', 'i2')];

    const pieces = events.reduce((transcript, each) => extend(extend(transcript, [each]), [each]), emptyTranscript);

    expect(extend(pieces, events)).toEqual(from(...events));
    expect(pieces.items.map((item) => (item.kind === 'agent' ? item.text : ''))).toEqual(['ab', 'c']);
  });

  it('keeps words of different attempts apart, even where the agent names them alike', () => {
    const transcript = from(
      event('agent.message', { itemId: 'i1', text: 'first' }, { attempt: 1 }),
      event('agent.message', { itemId: 'i1', text: 'second' }, { attempt: 2 }),
    );

    expect(transcript.items.map((item) => (item.kind === 'agent' ? item.text : ''))).toEqual(['first', 'second']);
  });

  it.each([['turn.completed' as const], ['run.ended' as const]])('stops writing when %s comes before the whole message', (type) => {
    const transcript = from(delta('half'), event(type, { status: 'failed', reason: 'agent-exit', message: 'x' }));

    expect(transcript.items[0]).toMatchObject({ kind: 'agent', text: 'half', isWriting: false });
  });

  it('sums up commands and changed files between words', () => {
    const transcript = from(
      message('I look.', 'a'),
      event('command.started', { itemId: 'c1', command: 'ls', cwd: '/' }),
      event('file.changed', {
        itemId: 'f1',
        changes: [
          { path: '/workspace/a.ts', kind: 'update' },
          { path: 'b.ts', kind: 'add' },
        ],
      }),
      event('file.changed', { itemId: 'f2', changes: [{ path: 'a.ts', kind: 'update' }] }),
      event('command.started', { itemId: 'c2', command: 'ls', cwd: '/' }),
      message('Done.', 'b'),
    );

    expect(transcript.items.map(({ kind }) => kind)).toEqual(['agent', 'work', 'agent']);
    expect(transcript.items[1]).toMatchObject({ commands: 2, files: ['a.ts', 'b.ts'] });
  });

  it('shows what a review came to, and nothing of its way', () => {
    const review = { runId: 'review1' };
    const started = event('review.started', { reviewId: 'review1', commit: 'abc' }, review);
    const way = [
      event('command.started', { itemId: 'c', command: 'git', cwd: '/' }, review),
      event('agent.message', { itemId: 'i', text: 'x' }, review),
    ];
    const completed = event('review.completed', { reviewId: 'review1', verdict: 'comment', summary: '', findings: [{}, {}] }, review);

    expect(from(started, ...way).items).toMatchObject([{ kind: 'review', verdict: null }]);
    expect(from(started, ...way, completed).items).toMatchObject([{ kind: 'review', verdict: 'comment', findings: 2 }]);
  });

  it('puts the answer to the question that it answers', () => {
    const questions = [{ id: 'q', header: '', question: 'Which?', allowsOther: false, options: [] }];
    const transcript = from(
      event('question.asked', { questionId: 'q1', questions }),
      event('question.asked', { questionId: 'q2', questions }),
      event('question.answered', { questionId: 'q1', answers: { q: ['this'] } }),
    );

    expect(transcript.items.map((item) => (item.kind === 'question' ? item.answers : 0))).toEqual([{ q: ['this'] }, null]);
  });

  it('says what a decision is about', () => {
    const decision = { decisionId: 'd', vote: 'approve', by: null, rule: null, comment: '', atMs: 1, superseded: false };
    const transcript = from(
      event('gate.opened', { gateId: 'g1', subject: 'abc', required: 1 }, { runId: null }),
      event('gate.decision', { gateId: 'g1', decision }, { runId: null }),
    );

    expect(transcript.items).toMatchObject([{ kind: 'decision', subject: 'abc', decision: { vote: 'approve' } }]);
  });

  it('says when the log holds more of the words than it tells', () => {
    const transcript = from(event('agent.message', { itemId: 'i1', text: 'beginning', artifactId: 'a1', sizeBytes: 100_000 }));

    expect(transcript.items[0]).toMatchObject({ isShortened: true });
  });

  it('passes over what is no part of a conversation, and remembers that it came', () => {
    const transcript = from(event('command.output', { itemId: 'c', text: 'x' }), event('usage', {}));

    expect(transcript.items).toEqual([]);
    expect(transcript.lastSeq).toBe(seq);
  });

  it('asks for no kind of event that it passes over', () => {
    const samples: Partial<Record<LogEvent['type'], object>> = {
      'run.started': { ordinal: 1, purpose: 'implement' },
      'file.changed': { changes: [] },
      'question.answered': { questionId: 'q', answers: {} },
      'review.completed': { reviewId: 'v', verdict: 'approve', findings: [] },
      'review.started': { reviewId: 'w', commit: 'c' },
    };
    const open = from(
      delta('x'),
      event('question.asked', { questionId: 'q', questions: [] }),
      event('review.started', { reviewId: 'v', commit: 'c' }),
    );

    for (const type of transcriptTypes) {
      const after = extend(open, [event(type, samples[type] ?? { itemId: 'i1', text: 'y', gateId: 'g', subject: 's' })]);
      expect({ type, ...after, lastSeq: 0 }).not.toEqual({ type, ...open, lastSeq: 0 });
    }
  });
});
