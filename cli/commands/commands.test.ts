import { describe, expect, it, jest } from '@jest/globals';
import type { LogEvent } from '../../workflows/contracts/events.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { CliClient, RequestDetail } from '../client.ts';
import { matchAnswers } from './answer.ts';
import { paintDiff } from './diff.ts';
import { emptyInput, logEvent, requestDetail, runWith } from './fake-context.ts';
import { parseCheck } from './project.ts';

const project = { projectId: 'p1', name: 'sample', forge: 'local', repositoryUrl: '/src/sample' } as Awaited<
  ReturnType<CliClient['listProjects']>
>[number];
const accepted = { state: 'delivered', deliveryId: 'd', requestId: 'r1', stage: 'MR_OPENED', runId: null, duplicate: false } as const;
const openGate: RequestDetail['status'] = {
  gate: { gateId: 'g1', status: 'open', subject: { kind: 'commit', id: 'abc123' } },
} as RequestDetail['status'];

describe('exit codes', () => {
  it.each([
    [['bogus'], 2],
    [['show'], 2],
    [['list', '--stage', 'NOWHERE'], 2],
    [['watch', 'r1', '--after', 'x'], 2],
    [['--help'], 0],
    [['submit', '--help'], 0],
  ])('%j exits %d without asking the API', async (args, code) => {
    expect((await runWith(args, {})).exitCode).toBe(code);
  });

  it.each([
    [400, 2],
    [401, 6],
    [403, 6],
    [404, 4],
    [409, 7],
    [422, 2],
    [500, 1],
    [503, 5],
  ])('an answer %d of the API exits %d', async (status, code) => {
    const getRequest = () => Promise.reject(new DomainError('permanent', 'some-code', 'why', { details: { status } }));

    const run = await runWith(['show', 'r1', '--json'], { getRequest });

    expect(run.exitCode).toBe(code);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'some-code', message: 'why' } });
    expect(run.stderr).toBe('astraforge: why\n');
  });

  it('tells a usage mistake as JSON too', async () => {
    const run = await runWith(['show', '--json'], {});

    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('submit', () => {
  const created = { ...accepted, title: 't', messageId: 'm', stage: 'RECEIVED' as const };

  it.each([
    ['an argument', ['submit', 'do "it"\nnow 🚀'], '', 'do "it"\nnow 🚀'],
    ['an argument that begins with a dash', ['submit', '--', '--fix it'], '', '--fix it'],
    ['stdin', ['submit', '-'], '-rf / \n', '-rf / \n'],
    ['a pipe', ['submit'], 'piped', 'piped'],
  ])('sends a prompt from %s unchanged', async (_from, args, input, prompt) => {
    const submit = jest.fn<CliClient['submit']>().mockResolvedValue(created);

    const run = await runWith(args, { submit, listProjects: () => Promise.resolve([project]) }, { stdin: emptyInput(input) });

    expect(submit.mock.calls[0]?.[0]).toMatchObject({ prompt, project: 'p1' });
    expect(run).toMatchObject({ stdout: 'r1\n', exitCode: 0 });
  });

  it('refuses an empty prompt and an unreadable attachment before anything is sent', async () => {
    expect((await runWith(['submit', '  '], {})).exitCode).toBe(2);
    expect((await runWith(['submit', 'x', '--attach', '/nowhere/at/all'], {})).exitCode).toBe(2);
  });

  it('asks for the project when there are several, and names those that there are when it is unknown', async () => {
    const listProjects = () => Promise.resolve([project, { ...project, projectId: 'p2', name: 'other' }]);

    const none = await runWith(['submit', 'x'], { listProjects });
    const unknown = await runWith(['submit', 'x', '-p', 'nope'], { listProjects });

    expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('sample, other') });
    expect(unknown).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('sample, other') });
  });

  it('takes the only project of the person without asking, whatever samples stand beside it', async () => {
    const submit = jest.fn<CliClient['submit']>().mockResolvedValue(created);
    const sample = { ...project, projectId: 'p2', forge: 'local', repositoryUrl: '/state/forge/sample.git' };

    const run = await runWith(['submit', 'x'], { submit, listProjects: () => Promise.resolve([sample, { ...project, name: 'shop' }]) });

    expect(run.exitCode).toBe(0);
    expect(submit.mock.calls[0]?.[0]).toMatchObject({ project: 'p1' });
  });
});

describe('approve and reject', () => {
  it('votes on what the open gate is about', async () => {
    const decide = jest.fn<CliClient['decide']>().mockResolvedValue(accepted);

    const run = await runWith(['approve', 'r1', '-c', 'fine'], {
      decide,
      getRequest: () => Promise.resolve(requestDetail({ status: openGate })),
    });

    expect(decide).toHaveBeenCalledWith('r1', { vote: 'approve', subjectId: 'abc123', comment: 'fine' });
    expect(run.stdout).toBe('approve: abc123 · now MR_OPENED\n');
  });

  it('says that no gate is open', async () => {
    const run = await runWith(['approve', 'r1'], { getRequest: () => Promise.resolve(requestDetail()) });

    expect(run).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no open gate') });
  });

  it('sends requested changes to the agent, with words', async () => {
    const amend = jest.fn<CliClient['amend']>().mockResolvedValue({ ...accepted, messageId: 'm', disposition: 'carried' });

    const run = await runWith(['reject', 'r1', '--subject', 'abc', '--changes', '-c', 'rename it'], { amend });
    const wordless = await runWith(['reject', 'r1', '--subject', 'abc', '--changes'], { amend });

    expect(amend.mock.calls).toEqual([['r1', 'abc', 'rename it']]);
    expect([run.exitCode, wordless.exitCode]).toEqual([0, 2]);
  });
});

describe('withdraw', () => {
  const message = (messageId: string, kind: string, disposition: string) => ({ messageId, kind, disposition });
  const detail =
    (...messages: object[]) =>
    () =>
      Promise.resolve(requestDetail({ messages: messages as RequestDetail['messages'] }));

  it('takes back the last words that wait, or those that are named', async () => {
    const withdraw = jest.fn<CliClient['withdraw']>(() => Promise.resolve(accepted));
    const getRequest = detail(
      message('m1', 'prompt', 'accepted'),
      message('m2', 'chat', 'queued'),
      message('m3', 'chat', 'accepted'),
      message('m4', 'chat', 'steered'),
    );

    const last = await runWith(['withdraw', 'r1', '--json'], { withdraw, getRequest });
    await runWith(['withdraw', 'r1', 'm2'], { withdraw });

    expect(withdraw.mock.calls).toEqual([
      ['r1', 'm3'],
      ['r1', 'm2'],
    ]);
    expect(JSON.parse(last.stdout)).toEqual(accepted);
  });

  it('says that nothing waits', async () => {
    const run = await runWith(['withdraw', 'r1'], { getRequest: detail(message('m1', 'prompt', 'carried')) });

    expect([run.exitCode, run.stderr]).toEqual([7, expect.stringContaining('no message that waits')]);
  });
});

describe('watch', () => {
  const events: LogEvent[] = [
    logEvent(1, { type: 'request.stage', emittedAtMs: 0, data: { from: 'RECEIVED', to: 'EXECUTING', reason: null } }),
    logEvent(2, { type: 'agent.message', emittedAtMs: 1, data: { itemId: 'm', text: 'hello' } }),
    logEvent(3, { type: 'request.stage', emittedAtMs: 2, data: { from: 'EXECUTING', to: 'DONE', reason: null } }),
  ];

  function server(detail: (delivered: number) => RequestDetail): Partial<CliClient> {
    let delivered = 0;
    return {
      getRequest: () => Promise.resolve(detail(delivered)),
      async *events(_requestId, { afterSeq, follow, signal }) {
        for (const event of events.filter((one) => one.seq > afterSeq)) {
          delivered = Math.max(delivered, event.seq);
          yield event;
        }
        if (follow) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    };
  }

  it('prints each event once as a JSON line and ends when the request is closed', async () => {
    const client = server((delivered) => requestDetail({ stage: delivered === 3 ? 'DONE' : 'EXECUTING' }));

    const run = await runWith(['watch', 'r1', '--json'], client);

    const lines = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq?: number; type: string });
    expect(lines.map((line) => line.seq ?? line.type)).toEqual([1, 2, 3, 'end']);
    expect(run.exitCode).toBe(0);
  });

  it('resumes after an event that was seen', async () => {
    const run = await runWith(
      ['watch', 'r1', '--after', '2', '--json'],
      server(() => requestDetail({ stage: 'FAILED' })),
    );

    expect(run.stdout).not.toContain('hello');
    expect(run.exitCode).toBe(1);
  });

  it('stops with its own exit code as soon as a person is needed, and says what to type', async () => {
    const awaiting: RequestDetail['awaiting'] = {
      kind: 'patch-approval',
      sinceMs: 0,
      untilMs: null,
      reason: null,
      message: '1 approval is missing',
      actions: ['approve', 'reject'],
      questionId: null,
      questions: [],
    };

    const run = await runWith(
      ['watch', 'r1', '--until', 'waiting'],
      server(() => requestDetail({ stage: 'PATCH_READY', awaiting })),
    );

    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('waits for approval of the patch: 1 approval is missing');
    expect(run.stdout).toContain('astraforge approve r1');
  });

  it('ends at Ctrl-C with the line that resumes it', async () => {
    const interrupt = new AbortController();
    const client = server(() => requestDetail());
    const getRequest = client.getRequest;
    client.getRequest = async (id) => {
      setTimeout(() => interrupt.abort(), 50);
      return (await getRequest?.(id)) ?? requestDetail();
    };

    const run = await runWith(['watch', 'r1'], client, { signal: interrupt.signal });

    expect(run.exitCode).toBe(130);
    expect(run.stderr).toContain('astraforge watch r1 --after 3');
  });
});

describe('matchAnswers', () => {
  const choice = {
    id: 'db',
    header: '',
    question: 'Which?',
    allowsOther: false,
    options: [
      { label: 'Postgres', description: '' },
      { label: 'SQLite', description: '' },
    ],
  };
  const free = { id: 'name', header: '', question: 'Name?', allowsOther: true, options: [] };

  it('takes labels in any case, numbers and ids', () => {
    expect(matchAnswers([choice, free], ['sqlite', 'cart'])).toEqual({ db: ['SQLite'], name: ['cart'] });
    expect(matchAnswers([choice, free], ['name=a=b', '1'])).toEqual({ db: ['Postgres'], name: ['a=b'] });
  });

  it.each([[['MySQL', 'x']], [['1']], [['1', 'x', 'y']], [['0', 'x']]])('refuses %j', (words) => {
    expect(() => matchAnswers([choice, free], words)).toThrow(DomainError);
  });
});

describe('parseCheck', () => {
  it('names a check, or takes the first word', () => {
    expect(parseCheck('unit=npm test -- --ci=1')).toEqual({ name: 'unit', command: 'npm test -- --ci=1' });
    expect(parseCheck('make check')).toEqual({ name: 'make', command: 'make check' });
    expect(parseCheck('npm test --ci=1')).toEqual({ name: 'npm', command: 'npm test --ci=1' });
  });
});

describe('diff', () => {
  it('compares with another run when asked', async () => {
    const diff = jest.fn<CliClient['diff']>(() => Promise.resolve('patch'));

    await runWith(['diff', 'r1', '--run', 'run2', '--against', 'run1'], { diff });

    expect(diff.mock.calls).toEqual([['run2', 'run1']]);
  });

  it('goes into a pipe byte for byte, and onto a terminal without what would act on it', async () => {
    const patch = 'diff --git a/x b/x\n+\u001b[31mred\n';
    const client = { diff: () => Promise.resolve(patch) };

    const piped = await runWith(['diff', 'r1', '--run', 'run1'], client);

    expect(piped.stdout).toBe(patch);
    expect(paintDiff(patch, (_format, text) => text)).toBe('diff --git a/x b/x\n+␛[31mred\n');
  });
});

describe('rehydrate', () => {
  it('says of each request what became of it, and asks for all of them without ids', async () => {
    const asked: (readonly string[])[] = [];
    const rows = [
      { requestId: 'r1', title: 'first', stage: 'PATCH_READY', outcome: 'restarted' },
      { requestId: 'r2', title: 'second', stage: 'EXECUTING', outcome: 'running' },
    ] as const;
    const client = { rehydrate: (ids: readonly string[]) => (asked.push(ids), Promise.resolve([...rows])) };

    const all = await runWith(['rehydrate'], client);
    const one = await runWith(['rehydrate', 'r1', '--json'], client);

    expect(asked).toEqual([[], ['r1']]);
    expect(all.stdout).toMatch(/r1 +PATCH_READY +started again +first\n.*r2 +EXECUTING +runs, left alone +second/);
    expect(JSON.parse(one.stdout)).toEqual(rows);
  });
});
