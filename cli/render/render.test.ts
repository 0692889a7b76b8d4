import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import { logEvent } from '../commands/fake-context.ts';
import { EventRenderer } from './events.ts';
import { LiveView } from './live.ts';
import { stageDurations, stageTable } from './request.ts';
import { createStyle, useColor } from './style.ts';
import { renderTable } from './table.ts';
import { formatClock, formatDuration, safeLine, safeText } from './text.ts';

const plain = createStyle(false);

function renderAll(events: NewEvent[], verbose = false): string {
  const renderer = new EventRenderer({ style: plain, startedAtMs: 1000, verbose });
  return events.map((event, index) => renderer.render(logEvent(index + 1, event))).join('') + renderer.breakLine();
}

describe('safeText', () => {
  it('leaves no character that a terminal would act on', () => {
    const hostile = 'a\u001b[2J\u001b]0;title\u0007b\u009b31mc\u202ed\u0000\u007f';

    const text = safeText(hostile);

    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).toContain('␛[2J');
  });

  it('keeps tabs, line ends, emoji and other scripts', () => {
    expect(safeText('a\tb\r\nc 🚀 日本語')).toBe('a\tb\nc 🚀 日本語');
  });

  it('turns a returning carriage into a new line, so that nothing is written over', () => {
    expect(safeText('approved\rrejected')).toBe('approved\nrejected');
  });
});

describe('safeLine', () => {
  it('puts several lines on one and cuts it', () => {
    expect(safeLine('echo a\necho b')).toBe('echo a ⏎ echo b');
    expect(safeLine('🚀'.repeat(10), 4)).toBe('🚀🚀🚀…');
  });
});

describe('durations', () => {
  it.each([
    [87, '87 ms'],
    [2140, '2.1 s'],
    [59_960, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [7_380_000, '2 h 03 min'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes the clock of the margin', () => {
    expect([7000, 750_000, 3_723_000].map(formatClock)).toEqual(['0:07', '12:30', '1:02:03']);
  });
});

describe('useColor', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, {}, false],
  ])('on %j with %j is %s', (stream, env, expected) => {
    expect(useColor(stream, env)).toBe(expected);
  });
});

describe('renderTable', () => {
  it('aligns columns and does not count colours', () => {
    const table = renderTable(
      [{ title: 'stage' }, { title: 'time', align: 'right' }],
      [
        [createStyle(true)('green', 'DONE'), '1.0 s'],
        ['EXECUTING', '12.5 s'],
      ],
    );

    expect(stripVTControlCharacters(table)).toBe('stage        time\nDONE        1.0 s\nEXECUTING  12.5 s\n');
  });
});

describe('stageDurations', () => {
  it('adds up a stage that came twice and counts an open one until now', () => {
    const durations = stageDurations(
      [
        { stage: 'EXECUTING', fromMs: 0, toMs: 100 },
        { stage: 'PATCH_READY', fromMs: 100, toMs: 150 },
        { stage: 'EXECUTING', fromMs: 150, toMs: 250 },
        { stage: 'REVIEWED', fromMs: 250, toMs: null },
      ],
      300,
    );

    expect(durations).toEqual({ EXECUTING: 200, PATCH_READY: 50, REVIEWED: 50 });
    expect(stageTable(durations)).toContain('together     300 ms');
  });
});

describe('EventRenderer', () => {
  it('streams the text of the agent and does not repeat it when the whole message comes', () => {
    const text = renderAll([
      { type: 'agent.delta', emittedAtMs: 1000, data: { itemId: 'm', text: 'I fix\nthe ' } },
      { type: 'agent.delta', emittedAtMs: 1000, data: { itemId: 'm', text: 'test.' } },
      { type: 'agent.message', emittedAtMs: 1000, data: { itemId: 'm', text: 'I fix\nthe test.' } },
      { type: 'agent.message', emittedAtMs: 1000, data: { itemId: 'other', text: 'Done.' } },
    ]);

    expect(text).toBe('         │ I fix\n         │ the test.\n         │ Done.\n');
  });

  it('says once what the agent and its review say twice, and unwraps the shell of a command', () => {
    const text = renderAll([
      { type: 'agent.message', emittedAtMs: 1000, data: { itemId: 'a', text: 'Fine.\n\n- [P3] a list' } },
      { type: 'agent.message', emittedAtMs: 1000, data: { itemId: 'b', text: 'Fine.\n\n- [P3] a list\n' } },
      { type: 'review.completed', emittedAtMs: 3000, data: { reviewId: 'v', verdict: 'approve', summary: 'Fine.', findings: [] } },
      { type: 'command.started', emittedAtMs: 3000, data: { itemId: 'c', command: "/bin/sh -c 'node --test'", cwd: '/' } },
      { type: 'command.started', emittedAtMs: 3000, data: { itemId: 'd', command: "/bin/sh -c 'echo '\\''x'\\'''", cwd: '/' } },
    ]);

    expect(text.match(/Fine\./g)).toHaveLength(1);
    expect(text).toContain('$ node --test\n');
    expect(text).toContain("$ /bin/sh -c 'echo '\\''x'\\'''");
  });

  it('tells that a run began in a warm workspace, and how old that is', () => {
    const data = { attempt: 1, host: 'h', provisioner: 'docker', resumedFrom: null, warmForMs: 185_000 };

    expect(renderAll([{ type: 'run.attempt', emittedAtMs: 1000, data }])).toContain(
      'attempt 1 on h (docker, in a warm workspace made 3 min 05 s before)\n',
    );
  });

  it('ends a streaming line before another event', () => {
    const text = renderAll([
      { type: 'agent.delta', emittedAtMs: 1000, data: { itemId: 'm', text: 'Now I run it' } },
      { type: 'command.started', emittedAtMs: 4000, data: { itemId: 'c', command: 'npm test', cwd: '/workspace' } },
    ]);

    expect(text).toBe('         │ Now I run it\n   0:03  $ npm test\n');
  });

  it('shows a command with its duration and exit code, and the end of what it said when it failed', () => {
    const text = renderAll([
      { type: 'command.started', emittedAtMs: 1000, data: { itemId: 'c', command: 'npm test', cwd: '/workspace' } },
      { type: 'command.output', emittedAtMs: 1500, data: { itemId: 'c', text: `${'noise\n'.repeat(50)}1 failing\n` } },
      { type: 'command.completed', emittedAtMs: 3100, data: { itemId: 'c', exitCode: 1, durationMs: 2100 } },
    ]);

    expect(text).toContain('✗ exit 1 · 2.1 s');
    expect(text).toContain('│ 1 failing');
    expect(text.match(/noise/g)).toHaveLength(11);
  });

  it('says which command ended when several ran at once', () => {
    const text = renderAll([
      { type: 'command.started', emittedAtMs: 1000, data: { itemId: 'a', command: 'npm test', cwd: '/' } },
      { type: 'command.started', emittedAtMs: 1000, data: { itemId: 'b', command: 'npm run lint', cwd: '/' } },
      { type: 'command.completed', emittedAtMs: 2000, data: { itemId: 'a', exitCode: 0, durationMs: 5 } },
    ]);

    expect(text).toContain('✓ npm test: exit 0 · 5 ms');
  });

  it('tells what the workspace waits for, and why a step of it failed', () => {
    const step = { step: 'pull' as const, subject: 'example.org/image:1' };
    const renderer = new EventRenderer({ style: plain, startedAtMs: 1000, verbose: false });
    renderer.render(logEvent(1, { type: 'preparation.started', emittedAtMs: 1000, data: step }));

    expect(renderer.activity()).toBe('preparing the workspace: pull example.org/image:1');
    const data = { ...step, ok: false, durationMs: 900, message: 'no such host' };
    expect(renderAll([{ type: 'preparation.completed', emittedAtMs: 1900, data }])).toContain(
      'pull example.org/image:1 · failed: no such host · 900 ms',
    );
  });

  it('shows questions with their choices, checks and findings', () => {
    const text = renderAll([
      {
        type: 'question.asked',
        emittedAtMs: 1000,
        data: {
          questionId: 'q',
          questions: [
            { id: 'db', header: '', question: 'Which database?', allowsOther: true, options: [{ label: 'Postgres', description: '' }] },
          ],
        },
      },
      { type: 'check.started', emittedAtMs: 1000, data: { name: 'test', command: 'node --test' } },
      {
        type: 'exec.completed',
        emittedAtMs: 2000,
        data: { messageId: 'm', name: 'test', command: 'node --test', status: 'passed', exitCode: 0, durationMs: 900 },
      },
      {
        type: 'review.completed',
        emittedAtMs: 3000,
        data: {
          reviewId: 'v',
          verdict: 'comment',
          summary: 'Small and right.',
          findings: [{ fingerprint: 'f', path: 'src/cart.js', startLine: 3, endLine: 3, severity: 'low', title: 'No test', body: '' }],
        },
      },
    ]);

    expect(text).toContain('Which database?');
    expect(text).toContain('1. Postgres');
    expect(text).toContain('✓ check test passed · 900 ms');
    expect(text).toContain('low      src/cart.js:3  No test');
  });

  it('lets no control character of the agent through, whatever the event', () => {
    const evil = '\u001b[2Jx\u0007';
    const text = renderAll(
      [
        { type: 'agent.delta', emittedAtMs: 1, data: { itemId: 'm', text: evil } },
        { type: 'command.started', emittedAtMs: 1, data: { itemId: 'c', command: evil, cwd: evil } },
        { type: 'command.output', emittedAtMs: 1, data: { itemId: 'c', text: evil } },
        { type: 'command.completed', emittedAtMs: 1, data: { itemId: 'c', exitCode: 1, durationMs: 1 } },
        { type: 'file.changed', emittedAtMs: 1, data: { itemId: 'f', changes: [{ path: evil, kind: evil }] } },
        { type: 'agent.plan', emittedAtMs: 1, data: { steps: [{ step: evil, status: evil }] } },
        { type: 'warning', emittedAtMs: 1, data: { message: evil } },
        { type: 'error', emittedAtMs: 1, data: { message: evil } },
        { type: 'git.command', emittedAtMs: 1, data: { argv: ['git', evil], exitCode: 0, durationMs: 1 } },
        { type: 'egress.refused', emittedAtMs: 1, data: { host: evil, port: 1, reason: evil } },
        {
          type: 'preparation.completed',
          emittedAtMs: 1,
          data: { step: 'pull', subject: evil, ok: false, durationMs: 1, message: evil },
        },
        { type: 'request.message', emittedAtMs: 1, data: { messageId: 'm', kind: 'chat', by: evil, text: evil } },
        { type: 'run.ended', emittedAtMs: 1, data: { status: 'failed', reason: 'agent-exit', message: evil } },
      ],
      true,
    );

    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0007\u001b]/);
  });
});

describe('LiveView', () => {
  function createView(isTTY: boolean) {
    let written = '';
    let nowMs = 1000;
    const renderer = new EventRenderer({ style: plain, startedAtMs: 1000, verbose: false });
    const stream = { isTTY, columns: 60, write: (text: string) => (written += text) };
    const view = new LiveView({ stream, renderer, style: plain, startedAtMs: 1000, now: () => nowMs });
    return { view, written: () => written, at: (ms: number) => (nowMs = ms) };
  }

  it('redraws one progress line with the elapsed time on a terminal', () => {
    const { view, written, at } = createView(true);

    view.print(logEvent(1, { type: 'command.started', emittedAtMs: 2000, data: { itemId: 'c', command: 'npm test', cwd: '/' } }));
    at(66_000);
    view.tick();
    view.stop();

    expect(written()).toContain('1:05 · running npm test');
    expect(written().endsWith('\r\u001b[2K')).toBe(true);
  });

  it('writes no control character where nobody redraws, and says after a long silence that it goes on', () => {
    const { view, written, at } = createView(false);

    view.tick();
    const before = written();
    at(32_000);
    view.tick();
    view.tick();

    expect(before).toBe('');
    expect(written()).toBe('0:31 · starting\n');
  });
});
