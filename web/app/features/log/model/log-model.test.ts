import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../../../../../workflows/contracts/events.ts';
import { LogModel } from './log-model.ts';
import { bodyOf, logOf, shown, type Told } from './testing.ts';

function fold(...events: Told[]) {
  const model = new LogModel();
  model.append(logOf(...events));
  return model.entries;
}

/** Kind, title, how it ended and the lines below, of each entry. */
function summary(...events: Told[]) {
  return fold(...events).map((entry) => [entry.kind, entry.title, entry.tone, entry.result, bodyOf(entry)]);
}

const started = (itemId: string, command: string): Told => ({ type: 'command.started', data: { itemId, command, cwd: '/w' } });
const output = (itemId: string, text: string): Told => ({ type: 'command.output', data: { itemId, text } });
const before = (itemId: string, text: string): Told => ({ type: 'command.output', data: { itemId, text, precedes: true } });
const ended = (itemId: string, exitCode: number | null, durationMs: number | null = 100): Told => ({
  type: 'command.completed',
  data: { itemId, exitCode, durationMs },
});

describe('messages of the agent', () => {
  it('merges what was streamed into the final message', () => {
    expect(
      summary(
        { type: 'agent.delta', data: { itemId: 'm', text: 'Hel' } },
        { type: 'agent.delta', data: { itemId: 'm', text: 'lo\nwor' } },
        { type: 'agent.message', data: { itemId: 'm', text: 'Hello\nworld.' } },
      ),
    ).toEqual([['message', 'Agent', 'neutral', null, ['Hello', 'world.']]]);
  });

  it('shows what is being streamed as running, until its turn ends', () => {
    const delta: Told = { type: 'agent.delta', data: { itemId: 'm', text: 'Hel' } };
    const end: Told = {
      type: 'turn.completed',
      data: {
        status: 'interrupted',
        threadId: null,
        tipCommit: null,
        sessionArtifactId: null,
        warnings: [],
        lastMessage: '',
        reason: null,
        error: null,
      },
    };

    expect(summary(delta)).toEqual([['message', 'Agent', 'running', null, ['Hel']]]);
    expect(summary(delta, end)[0]).toEqual(['message', 'Agent', 'neutral', null, ['Hel']]);
  });

  it('tells words that are repeated at once only once', () => {
    const say = (itemId: string, text: string): Told => ({ type: 'agent.message', data: { itemId, text } });

    expect(summary(say('a', 'done'), say('b', ' done\n'), say('c', 'other'), say('d', 'done')).map(([, , , , body]) => body)).toEqual([
      ['done'],
      ['other'],
      ['done'],
    ]);
  });

  it('leaves out an empty one, and keeps two items apart', () => {
    expect(
      summary(
        { type: 'agent.message', data: { itemId: 'a', text: ' ' } },
        { type: 'agent.message', data: { itemId: 'b', text: 'one' } },
        { type: 'agent.message', data: { itemId: 'c', text: 'two' } },
      ).map(([, , , , body]) => body),
    ).toEqual([['one'], ['two']]);
  });

  it('keeps what was streamed when the final text was too long for its event', () => {
    const [entry] = fold(
      { type: 'agent.delta', data: { itemId: 'm', text: 'all of it' } },
      { type: 'agent.message', data: { itemId: 'm', text: 'all…', artifactId: 'x', sizeBytes: 70_000 } as never },
    );

    expect(bodyOf(entry)).toEqual(['all of it']);
    expect(entry?.longTexts).toEqual([]);
  });
});

describe('steps of making a workspace', () => {
  const step = { step: 'pull' as const, subject: 'example.org/image:1' };

  it('begin, and end with their duration and the reason of a failure', () => {
    const begun: Told = { type: 'preparation.started', data: step };
    const failed: Told = { type: 'preparation.completed', data: { ...step, ok: false, durationMs: 1200, message: 'no such host' } };

    expect(fold(begun)[0]).toMatchObject({ kind: 'setup', title: 'Pull the image example.org/image:1', tone: 'running' });
    const [entry, ...more] = fold(begun, failed);
    expect(entry).toMatchObject({ tone: 'warn', result: 'failed', durationMs: 1200 });
    expect(bodyOf(entry)).toEqual(['no such host']);
    expect(more).toEqual([]);
  });

  it('are told apart by what they are about, and left where their host ended in the middle', () => {
    const other = { step: 'service' as const, subject: 'db' };
    const done: Told = { type: 'preparation.completed', data: { ...other, ok: true, durationMs: 5, message: '' } };

    const entries = fold({ type: 'preparation.started', data: step }, { type: 'preparation.started', data: other }, done, {
      type: 'preparation.started',
      data: step,
    });

    expect(entries.map(({ title, tone, result }) => [title, tone, result])).toEqual([
      ['Pull the image example.org/image:1', 'neutral', 'no end seen'],
      ['Start the service db', 'good', 'done'],
      ['Pull the image example.org/image:1', 'running', null],
    ]);
  });
});

describe('commands', () => {
  it('folds a command with its output, exit code and duration', () => {
    const [entry] = fold(started('c', "/bin/bash -lc 'npm test'"), output('c', 'one\ntw'), output('c', 'o\n'), ended('c', 1, 2500));

    expect(entry).toMatchObject({
      kind: 'command',
      title: 'npm test',
      tone: 'bad',
      result: 'exit 1',
      durationMs: 2500,
      seq: 1,
      atMs: 1000,
    });
    expect(bodyOf(entry)).toEqual(['one', 'two']);
  });

  it.each<[string, Told[], unknown[]]>([
    ['succeeded', [ended('c', 0)], ['good', 'exit 0']],
    ['ended without a code', [ended('c', null)], ['warn', 'no exit code']],
    ['still runs', [], ['running', null]],
    [
      'was left by a new attempt',
      [{ type: 'run.attempt', data: { attempt: 2, host: 'h', provisioner: 'p', resumedFrom: null } }],
      ['neutral', 'no end seen'],
    ],
    [
      'was left by the end of its run',
      [{ type: 'run.ended', data: { status: 'cancelled', reason: null, message: '' } }],
      ['neutral', 'no end seen'],
    ],
  ])('tells that one %s', (_name, after, expected) => {
    const [entry] = fold(started('c', 'ls'), ...after);

    expect([entry?.tone, entry?.result]).toEqual(expected);
  });

  it('puts what is told late but was printed first in its place, also from several pieces and in mid-line', () => {
    expect(bodyOf(fold(started('c', 'x'), output('c', 'd\ne'), before('c', 'a\n'), before('c', 'b\nc'), ended('c', 0))[0])).toEqual([
      'a',
      'b',
      'cd',
      'e',
    ]);
    expect(bodyOf(fold(started('c', 'x'), output('c', 'b\n'), before('c', 'a\n'), ended('c', 0))[0])).toEqual(['a', 'b']);
  });

  it('lets a progress bar go on over what is told late', () => {
    const bar = (...events: Told[]) => bodyOf(fold(started('c', 'x'), ...events)[0]);

    expect(bar(output('c', '\r30%'), output('c', '\r40%\ndone'), before('c', '\r10%'), before('c', '\r20%'), ended('c', 0))).toEqual([
      '40%',
      'done',
    ]);
    expect(bar(output('c', '\r30%'), before('c', '\r10%'), output('c', '\r99%'), output('c', '\nend\n'))).toEqual(['99%', 'end']);
    expect(bar(output('c', '\u001b[0m.\n'), before('c', 'a\n\u001b[31mb'))).toEqual(['a', 'b.']);
  });

  it('keeps commands apart that run at the same time, in two attempts or in two runs', () => {
    const titles = summary(
      started('1', 'a'),
      started('2', 'b'),
      output('1', 'of a'),
      output('2', 'of b'),
      ended('2', 0),
      { ...started('1', 'c'), attempt: 2 },
      { ...output('1', 'of c'), attempt: 2 },
      { ...output('1', 'of d'), runId: 'other' },
    ).map(([, title, , , body]) => [title, body]);

    expect(titles).toEqual([
      ['a', ['of a']],
      ['b', ['of b']],
      ['c', ['of c']],
      ['Output of a command', ['of d']],
    ]);
  });

  it('shows a script of many lines whole above its output', () => {
    const [entry] = fold(started('c', 'cat <<E\nhi\nE'), output('c', 'hi\n'));

    expect(entry?.title).toBe('cat <<E ⏎ hi ⏎ E');
    expect(bodyOf(entry)).toEqual(['cat <<E', 'hi', 'E', 'hi']);
  });

  it('links a text that was shortened on its way', () => {
    const [entry] = fold(started('c', 'x'), {
      type: 'command.output',
      data: { itemId: 'c', text: 'ab…', artifactId: 'art', sizeBytes: 90_000 } as never,
    });

    expect(entry?.longTexts).toEqual([{ artifactId: 'art', sizeBytes: 90_000 }]);
  });
});

describe('checks and set-up', () => {
  const check = (name: string): Told => ({ type: 'check.started', data: { name, command: 'npm test' }, attempt: null });
  const print = (name: string, text: string): Told => ({ type: 'exec.output', data: { name, text }, attempt: null });
  const result = (name: string, status: 'passed' | 'failed' | 'timed-out', exitCode: number | null): Told => ({
    type: 'exec.completed',
    data: { name, command: 'npm test', status, exitCode, durationMs: 1234, messageId: 'm' },
    attempt: null,
  });

  it('folds a check with its output and result', () => {
    expect(summary(check('test'), print('test', 'no\n'), result('test', 'failed', 2))).toEqual([
      ['check', 'Check test: npm test', 'bad', 'failed, exit 2', ['no']],
    ]);
    expect(summary(check('test'), result('test', 'passed', 0))[0]?.slice(2, 4)).toEqual(['good', 'passed']);
    expect(summary(check('test'), result('test', 'timed-out', null))[0]?.slice(2, 4)).toEqual(['bad', 'timed out']);
  });

  it('keeps a second round apart from the first', () => {
    const bodies = fold(
      check('t'),
      print('t', 'first'),
      result('t', 'failed', 1),
      check('t'),
      print('t', 'second'),
      result('t', 'passed', 0),
    ).map(bodyOf);

    expect(bodies).toEqual([['first'], ['second']]);
  });

  it('ends a round that broke off when the next one begins', () => {
    expect(fold(check('t'), check('t')).map(({ tone }) => tone)).toEqual(['neutral', 'running']);
  });

  it('gathers set-up output of one place, and begins anew for the next checks', () => {
    const setup = (text: string): Told => ({ type: 'setup.output', data: { text }, attempt: null });

    expect(fold(setup('a\n'), setup('b\n'), check('t'), setup('c\n')).map((entry) => [entry.kind, bodyOf(entry)])).toEqual([
      ['setup', ['a', 'b']],
      ['check', []],
      ['setup', ['c']],
    ]);
  });
});

describe('events of their own', () => {
  it.each<[Told, unknown[]]>([
    [
      { type: 'request.stage', data: { from: 'EXECUTING', to: 'BLOCKED', reason: 'agent-exit' } },
      ['stage', 'Executing → Blocked: agent-exit', 'warn', null, []],
    ],
    [
      { type: 'run.attempt', data: { attempt: 2, host: 'h', provisioner: 'local', resumedFrom: '0123456789abcdef' } },
      ['run', 'Attempt 2 on h (local, resumed from 0123456789ab)', 'neutral', null, []],
    ],
    [
      { type: 'run.attempt', data: { attempt: 1, host: 'h', provisioner: 'docker', resumedFrom: null, warmForMs: 185_000 } },
      ['run', 'Attempt 1 on h (docker, in a warm workspace made 3 min 05 s before)', 'neutral', null, []],
    ],
    [
      { type: 'run.ended', data: { status: 'failed', reason: 'agent-exit', message: 'it crashed' } },
      ['run', 'The run ended: failed (agent-exit): it crashed', 'bad', null, []],
    ],
    [
      { type: 'git.command', data: { argv: ['git', 'push', 'origin'], exitCode: 0, durationMs: 30 } },
      ['git', 'git push origin', 'neutral', null, []],
    ],
    [
      { type: 'git.command', data: { argv: ['git', 'fetch'], exitCode: 128, durationMs: 30 } },
      ['git', 'git fetch', 'warn', 'exit 128', []],
    ],
    [
      { type: 'egress.refused', data: { host: 'evil.example', port: 443, reason: 'not allowed' } },
      ['egress', 'No way out to evil.example:443: not allowed', 'warn', null, []],
    ],
    [{ type: 'warning', data: { message: 'careful' } }, ['warning', 'careful', 'warn', null, []]],
    [{ type: 'error', data: { message: 'first\nsecond' } }, ['error', 'first ⏎ second', 'bad', null, ['first', 'second']]],
    [
      {
        type: 'agent.plan',
        data: {
          steps: [
            { step: 'look', status: 'completed' },
            { step: 'do', status: 'in_progress' },
            { step: 'end', status: 'pending' },
          ],
        },
      },
      ['plan', 'Plan', 'neutral', null, ['✓ look', '▸ do', '· end']],
    ],
    [
      { type: 'checkpoint.created', data: { commit: 'abc', files: 1, insertions: 2, deletions: 3, warnings: ['nested repository'] } },
      ['checkpoint', 'Checkpoint abc: 1 file, +2 −3', 'warn', null, ['nested repository']],
    ],
    [
      {
        type: 'file.changed',
        data: {
          itemId: 'f',
          changes: [
            { path: '/workspace/a.ts', kind: 'add' },
            { path: 'b.ts', kind: 'update' },
          ],
        },
      },
      ['files', 'Files: 2 changed', 'neutral', null, ['add a.ts', 'update b.ts']],
    ],
    [
      { type: 'gate.decision', data: { gateId: 'g', decision: null } as never },
      ['gate', 'A decision, with words too long to show here', 'neutral', null, []],
    ],
    [
      { type: 'review.completed', data: { shortened: true } as never },
      ['detail', 'review.completed: too long to show here', 'neutral', null, []],
    ],
    [{ type: 'warning', data: { message: 'a\u202eb\u001b[31m' } }, ['warning', 'a<U+202E>b␛[31m', 'warn', null, ['a<U+202E>b']]],
  ])('%j', (event, expected) => {
    expect(summary(event)).toEqual([expected]);
  });

  it('leaves out what a reader need not see', () => {
    expect(
      fold(
        { type: 'usage', data: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 } },
        { type: 'message.delivered', data: { messageId: 'm', kind: 'turn', questionId: null } },
        { type: 'command.done', data: { messageId: 'm', ok: true, error: null } },
      ),
    ).toEqual([]);
  });
});

describe('following a log', () => {
  const events = logOf(
    { type: 'request.submitted', data: { title: 't', by: 'Ada' }, runId: null },
    { type: 'run.started', data: { ordinal: 1, purpose: 'implement' } },
    { type: 'setup.output', data: { text: 'npm ci\r\n' } },
    started('a', 'npm test'),
    { type: 'agent.delta', data: { itemId: 'm', text: 'Loo' } },
    output('a', '\u001b[32m 10%\r'),
    started('b', 'grep x'),
    { type: 'agent.delta', data: { itemId: 'm', text: 'king' } },
    output('a', ' 90%\nall g'),
    output('b', '\u001b[3'),
    output('a', 'ood\u001b[0m\n'),
    output('b', '1mred\n'),
    ended('b', 1),
    { type: 'usage', data: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 } },
    before('a', 'begins\n'),
    ended('a', 0),
    { type: 'agent.message', data: { itemId: 'm', text: 'Looking.' } },
    { type: 'error', data: { message: 'oh' } },
    { type: 'check.started', data: { name: 't', command: 'x' }, attempt: null },
    { type: 'exec.output', data: { name: 't', text: 'fine' }, attempt: null },
    { type: 'run.ended', data: { status: 'succeeded', reason: null, message: '' } },
  );

  function inBatches(sizes: () => number): LogModel {
    const model = new LogModel();
    for (let at = 0; at < events.length;) {
      const size = sizes();
      model.append(events.slice(at, at + size));
      at += size;
    }
    return model;
  }

  it('gives the same rows however the events are cut into batches', () => {
    const whole = shown(inBatches(() => events.length).entries);
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return 1 + (seed % 6);
    };

    expect(shown(inBatches(() => 1).entries)).toEqual(whole);
    for (let round = 0; round < 200; round++) expect(shown(inBatches(random).entries)).toEqual(whole);
  });

  it('ignores events that it has had', () => {
    const model = new LogModel();
    model.append(events.slice(0, 12));

    const touched = model.append(events.slice(4, 12));
    model.append(events.slice(8));

    expect(touched).toEqual([]);
    expect(shown(model.entries)).toEqual(shown(inBatches(() => events.length).entries));
  });

  it('tells which entries each batch touched', () => {
    const model = new LogModel();

    expect(model.append(events.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
    expect(model.append(events.slice(5, 6))).toEqual([3]);
    expect(model.append(events.slice(6, 10))).toEqual([3, 4, 5]);
    expect(model.append(events.slice(13, 14))).toEqual([]);
    expect([model.firstSeq, model.lastSeq]).toEqual([1, 14]);
  });

  it('touches only the last entry of a long log when one line comes', () => {
    const model = new LogModel();
    const many = Array.from(
      { length: 20_000 },
      (_, n): LogEvent => ({ ...events[3], type: 'warning', data: { message: `${n}` }, seq: n + 1 }) as LogEvent,
    );
    model.append(many);

    expect(model.append([{ ...many[0], seq: 20_001 } as LogEvent])).toEqual([20_000]);
  });

  it('finds the entry of an event, and the nearest before one that shows nothing', () => {
    const model = inBatches(() => 4);
    const titleAt = (seq: number) => model.entries[model.indexOfSeq(seq) ?? -1]?.title;

    expect([titleAt(4), titleAt(6), titleAt(11), titleAt(15)]).toEqual(['npm test', 'npm test', 'npm test', 'npm test']);
    expect([titleAt(10), titleAt(17), titleAt(999)]).toEqual(['grep x', 'Agent', 'The run ended well']);
    expect(new LogModel().indexOfSeq(1)).toBeNull();
  });

  it('counts what failed', () => {
    expect(inBatches(() => 3).badCount).toBe(2);
  });
});
