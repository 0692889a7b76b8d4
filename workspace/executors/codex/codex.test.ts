import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Provisioner } from '../../port.ts';
import { startTestDoor } from '../../testing/door.ts';
import type { TestDoor } from '../../testing/door.ts';
import { dataOf, localForTest, nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from '../../testing/harness.ts';

let door: TestDoor;
let provisioner: Provisioner;
let close: () => Promise<void>;
let commit: string;

beforeAll(async () => {
  door = await startTestDoor();
  commit = door.commit({ 'a.txt': 'hello\n', '.codex/notes.md': 'tracked\n', 'src/sum.js': 'exports.sum = (a, b) => a - b;\n' });
  ({ provisioner, close } = localForTest(door));
});

afterAll(async () => {
  await close();
  await door.close();
});

describe('a turn of the real Codex', () => {
  it('edits files, streams what it does, and leaves a commit with a session that another workspace resumes', async () => {
    door.model(({ texts, ordinal }) => {
      if (texts.at(-1)?.includes('add a line')) return [{ say: 'Editing now.' }, { run: 'echo world >> a.txt && cat a.txt' }];
      return [{ say: `Done in call ${ordinal}.` }];
    });
    const first = await provisioner.create({ job: testJob(commit, { workspaceId: 'edit' }), runToken: door.runToken });

    await first.deliver(testTurn('m1', 'Please add a line'));
    const { seen, end } = await watchTurn(first);
    await provisioner.destroy('edit');

    expect(end).toMatchObject({ status: 'completed', reason: null, warnings: [] });
    expect(end.lastMessage).toMatch(/^Done in call/);
    expect(textOf(seen, 'agent.delta')).toContain('Editing now.');
    expect(textOf(seen, 'command.output')).toContain('hello\nworld');
    expect(dataOf(seen, 'command.completed')).toMatchObject([{ exitCode: 0 }]);
    expect(dataOf(seen, 'usage').at(-1)).toEqual({ inputTokens: 200, cachedInputTokens: 20, outputTokens: 40 });
    expect(door.git('show', 'astraforge/turn:a.txt')).toBe('hello\nworld');
    expect(door.git('show', 'astraforge/turn:.codex/notes.md')).toBe('tracked');
    expect(door.git('rev-parse', 'astraforge/turn')).toBe(end.tipCommit);
    expect(door.unauthorized).toEqual([]);

    let resumedTexts: string[] = [];
    door.model(({ texts }) => {
      resumedTexts = texts;
      return [{ say: 'Second.' }];
    });
    const session = { artifactId: end.sessionArtifactId ?? '', threadId: end.threadId ?? '' };
    const checkout = { ref: 'refs/heads/astraforge/turn', commit: end.tipCommit ?? '', baseCommit: commit };
    const second = await provisioner.create({ job: testJob(commit, { workspaceId: 'edit2', session, checkout }), runToken: door.runToken });
    await second.deliver(testTurn('m2', 'And now?'));
    const resumed = await watchTurn(second);

    expect(resumed.end).toMatchObject({ status: 'completed', threadId: end.threadId, tipCommit: end.tipCommit });
    expect(resumedTexts.join('\n')).toContain('Please add a line');
    expect(resumedTexts.at(-1)).toBe('And now?');
    expect(dataOf(resumed.seen, 'usage').at(-1)).toEqual({ inputTokens: 100, cachedInputTokens: 10, outputTokens: 20 });
  });

  it('sees an attached image as an image, and other files by their path', async () => {
    // A PNG of one red pixel.
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC', 'base64');
    door.artifacts.set('image-1', png);
    door.artifacts.set('notes-1', Buffer.from('notes'));
    let sent: unknown = null;
    door.model(({ body }) => {
      sent ??= body;
      return [{ say: 'Seen.' }];
    });
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'image' }), runToken: door.runToken });
    const image = { type: 'attachment' as const, artifactId: 'image-1', name: 'screen.png', mediaType: 'image/png' };
    const notes = { type: 'attachment' as const, artifactId: 'notes-1', name: 'notes.txt', mediaType: 'text/plain' };

    await workspace.deliver(testTurn('m1', 'x', { input: [{ type: 'text', text: 'What is on it?' }, image, notes] }));
    const { end } = await watchTurn(workspace);

    expect(end).toMatchObject({ status: 'completed', lastMessage: 'Seen.', tipCommit: commit });
    const images = partsOf(sent).filter(({ type }) => type === 'input_image');
    expect(images.map(({ image_url }) => image_url?.split(',')[0])).toEqual(['data:image/png;base64']);
    expect(Buffer.from(images[0]?.image_url?.split(',')[1] ?? '', 'base64').subarray(0, 8)).toEqual(png.subarray(0, 8));
    const texts = partsOf(sent).flatMap(({ text }) => text ?? []);
    expect(texts.find((text) => text.startsWith('Attached file "notes.txt"'))).toContain('/home/agent/attachments/notes-1/notes.txt');
  });

  it.each(['rm -rf src; echo gone', 'rm -rf src; for word in gone; do echo $word > a.txt; cat a.txt; done'])(
    'lets the agent remove a folder by force: %s',
    async (run) => {
      const isDone = (texts: string[]) => texts.some((text) => text.includes('Process exited'));
      door.model(({ texts }) =>
        isDone(texts) || texts.some((text) => text.includes('blocked')) ? [{ say: texts.at(-1) ?? '' }] : [{ run }],
      );
      const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'remove' }), runToken: door.runToken });

      await workspace.deliver(testTurn('m1', 'Remove the sources'));
      const { seen, end } = await watchTurn(workspace);
      await provisioner.destroy('remove');

      expect(end.lastMessage).toContain('gone');
      expect(dataOf(seen, 'command.completed')).toMatchObject([{ exitCode: 0 }]);
      expect(door.git('ls-tree', '--name-only', 'astraforge/turn').split('\n')).not.toContain('src');
    },
  );

  it('leaves nothing running that could touch the checkout while it is reset, and goes on with its session', async () => {
    const left = 'setsid sh -c "while :; do date +%N > beat; sleep 0.02; done" > /dev/null 2>&1 < /dev/null & sleep 0.2; cat beat';
    door.model(({ texts }) => {
      const word = texts.findLast((text) => ['leave', 'look'].includes(text));
      if (texts.at(-1) !== word) return [{ say: texts.join(' ') }];
      return [{ run: word === 'leave' ? left : 'sleep 0.5; test -e beat || echo still' }];
    });
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'left' }), runToken: door.runToken });
    await workspace.deliver(testTurn('m1', 'leave'));
    const first = await watchTurn(workspace);

    await workspace.deliver({ messageId: 'r1', kind: 'reset', commit });
    await workspace.deliver(testTurn('m2', 'look'));
    const second = await watchTurn(workspace, first.seen);

    expect(first.end).toMatchObject({ status: 'completed', error: null });
    expect(second.end).toMatchObject({ status: 'completed', error: null, threadId: first.end.threadId });
    expect(textOf(second.seen, 'command.output')).toMatch(/still\n$/);
    expect(second.end.lastMessage).toContain('leave');
  });

  it.each([
    ['is none', 'x'],
    [
      'Codex does not take',
      `{"timestamp":"2026-01-01T00:00:00.000Z","type":"session_meta","payload":{"timestamp":"2026-01-01T00:00:00.000Z"}}\njunk\n`,
    ],
  ])('begins anew, and says so, when its stored session %s', async (_what, content) => {
    door.artifacts.set('spoiled', Buffer.from(content));
    door.model(() => [{ say: 'Fresh.' }]);
    const session = { artifactId: 'spoiled', threadId: '01a22336-c6be-75d1-bec9-5ba0161b378f' };
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'spoiled', session }), runToken: door.runToken });

    await workspace.deliver(testTurn('m1', 'hello'));
    const { seen, end } = await watchTurn(workspace);
    await provisioner.destroy('spoiled');

    expect(end).toMatchObject({ status: 'completed', lastMessage: 'Fresh.' });
    expect(dataOf(seen, 'warning').map(({ message }) => message)).toContainEqual(expect.stringContaining('without its earlier session'));
  });

  it('takes a message into the running turn, and queues one when no turn runs', async () => {
    door.model(async ({ texts }) => {
      if (texts.some((text) => text.includes('use the blue one'))) return [{ say: 'Blue it is.' }];
      if (texts.some((text) => text.includes('waited'))) return [{ say: 'Nobody said anything.' }];
      return [{ run: 'sleep 2; echo waited' }];
    });
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'steer' }), runToken: door.runToken });

    await workspace.deliver(testTurn('m1', 'Pick a colour'));
    const started = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'command.started');
    await workspace.deliver({ messageId: 's1', kind: 'steer', input: [{ type: 'text', text: 'use the blue one' }] });
    const { seen, end } = await watchTurn(workspace, started);
    await workspace.deliver({ messageId: 's2', kind: 'steer', input: [{ type: 'text', text: 'too late' }] });
    const late = await watchUntil(workspace, seen, ({ type }) => type === 'message.queued');

    expect(dataOf(seen, 'message.steered')).toEqual([{ messageId: 's1' }]);
    expect(end.lastMessage).toBe('Blue it is.');
    expect(dataOf(late, 'message.queued')).toMatchObject([{ messageId: 's2' }]);
  });

  it('asks, waits past the inactivity limit, and goes on with the answer', async () => {
    const question = {
      id: 'q1',
      header: 'Database',
      question: 'Which one?',
      options: [
        { label: 'Postgres', description: 'real' },
        { label: 'SQLite', description: 'small' },
      ],
    };
    door.model(({ texts }) => {
      const answer = texts.find((text) => text.includes('"answers"'));
      return answer ? [{ say: `Using ${answer.includes('Postgres') ? 'Postgres' : 'nothing'}.` }] : [{ ask: [question] }];
    });
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'ask' }), runToken: door.runToken });

    await workspace.deliver(testTurn('m1', 'Choose a database', { inactivityMs: 3_000 }));
    const asked = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'question.asked');
    const [open] = dataOf(asked, 'question.asked');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await workspace.deliver({ messageId: 'a0', kind: 'answer', questionId: 'another', answers: {} });
    await workspace.deliver({ messageId: 'a1', kind: 'answer', questionId: open?.questionId ?? '', answers: { q1: ['Postgres'] } });
    const { seen, end } = await watchTurn(workspace, asked);

    expect(open?.questions).toMatchObject([{ id: 'q1', header: 'Database', options: [{ label: 'Postgres' }, { label: 'SQLite' }] }]);
    expect(end).toMatchObject({ status: 'completed', lastMessage: 'Using Postgres.' });
    expect(dataOf(seen, 'command.done')).toMatchObject([
      { messageId: 'a0', ok: false },
      { messageId: 'a1', ok: true },
    ]);
  });

  it('stops at once when interrupted, keeps the work, and goes on in a later turn', async () => {
    door.model(({ texts }) => {
      if (texts.at(-1)?.includes('go on'))
        return [{ say: texts.some((text) => text.includes('work for long')) ? 'I remember.' : 'Who are you?' }];
      return [{ run: 'echo half > half.txt; echo one; sleep 1; echo two; sleep 600' }];
    });
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'stop' }), runToken: door.runToken });

    await workspace.deliver(testTurn('m1', 'work for long'));
    // Codex streams a command's output from its second piece on.
    const busy = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'command.output');
    await workspace.deliver({ messageId: 'i1', kind: 'interrupt' });
    const { seen, end } = await watchTurn(workspace, busy);
    await workspace.deliver(testTurn('m2', 'please go on'));
    const next = await watchTurn(workspace, seen);

    expect(end).toMatchObject({ status: 'interrupted', reason: null });
    expect(door.git('show', `${end.tipCommit ?? ''}:half.txt`)).toBe('half');
    expect(next.end).toMatchObject({ status: 'completed', lastMessage: 'I remember.' });
  });

  it('plans on a read-only checkout and answers in the wanted shape', async () => {
    let format: unknown = null;
    door.model(({ texts, body }) => {
      format = (body as { text?: { format?: { schema?: unknown } } }).text?.format?.schema;
      if (texts.some((text) => text.includes('Read-only file system'))) return [{ say: '{"steps":["one"]}' }];
      return [{ run: 'echo x > a.txt' }];
    });
    const outputSchema = {
      type: 'object',
      properties: { steps: { type: 'array', items: { type: 'string' } } },
      required: ['steps'],
      additionalProperties: false,
    };
    const workspace = await provisioner.create({ job: testJob(commit, { workspaceId: 'plan' }), runToken: door.runToken });

    await workspace.deliver(testTurn('m1', 'Plan it', { mode: 'plan', outputSchema }));
    const { end } = await watchTurn(workspace);

    expect(end).toMatchObject({ status: 'completed', lastMessage: '{"steps":["one"]}', tipCommit: null });
    expect(format).toEqual(outputSchema);
  });

  it('reviews the change against its base and hands the findings over', async () => {
    const change = door.commit({ 'src/sum.js': 'exports.sum = (a, b) => a * b;\n' });
    const findings = {
      findings: [
        {
          title: '[P1] Wrong operator',
          body: 'sum multiplies.',
          confidence_score: 0.9,
          priority: 1,
          code_location: { absolute_file_path: '/workspace/src/sum.js', line_range: { start: 1, end: 1 } },
        },
      ],
      overall_correctness: 'patch is incorrect',
      overall_explanation: 'It multiplies.',
      overall_confidence_score: 0.9,
    };
    let asked = '';
    door.model(({ texts }) => {
      asked = texts.join('\n');
      return [{ say: JSON.stringify(findings) }];
    });
    const checkout = { ref: 'refs/heads/main', commit: change, baseCommit: commit };
    const workspace = await provisioner.create({ job: testJob(change, { workspaceId: 'review', checkout }), runToken: door.runToken });

    await workspace.deliver(testTurn('m1', '', { mode: 'review', reviewBase: commit, input: [] }));
    const { end } = await watchTurn(workspace);

    expect(asked).toContain(commit);
    expect(end).toMatchObject({ status: 'completed', tipCommit: null });
    expect(JSON.parse(end.lastMessage)).toEqual(findings);
  });
});

/** Every part of what people wrote, as the model is sent it. */
function partsOf(body: unknown): { type: string; text?: string; image_url?: string }[] {
  const { input } = body as { input: { role?: string; content?: { type: string; text?: string; image_url?: string }[] }[] };
  return input.filter(({ role }) => role === 'user').flatMap(({ content }) => content ?? []);
}
