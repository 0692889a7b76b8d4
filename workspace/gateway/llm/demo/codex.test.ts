import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startCodex, type CodexSession } from '../../testing/codex.ts';
import { commitAll, git, makeRepository, startDoor, type TestDoor } from '../../testing/harness.ts';
import { startRelay, type Relay } from '../../testing/relay.ts';

const failing = {
  'package.json': '{"name":"sample","type":"module","scripts":{"test":"node --test"}}\n',
  'src/cart.js': `/** Sum of a cart. */
export function total(items) {
  let sum = 0;
  for (const item of items) sum += item.price * item.count;
  return sum;
}

export function withDiscount(amount, percent) {
  return amount + (amount * percent) / 100;
}
`,
  'test/cart.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { total, withDiscount } from '../src/cart.js';

test('adds up prices', () => assert.equal(total([{ price: 2, count: 3 }]), 6));
test('takes a discount off', () => assert.equal(withDiscount(200, 10), 180));
`,
};

describe('the demo model driving the real Codex through the door', () => {
  let door: TestDoor;
  let relay: Relay;
  let codex: CodexSession;

  beforeAll(async () => {
    door = await startDoor();
    relay = await startRelay(door.socketPath, door.token);
    codex = await startCodex({ home: join(door.folder, 'home'), baseUrl: `${relay.url}/v1` });
  });

  afterAll(async () => {
    await codex.close();
    await relay.close();
    await door.close();
  });

  it('turns a failing repository green and explains itself', async () => {
    const folder = await makeRepository(join(door.folder, 'red'), failing);
    const thread = await codex.startThread(folder);

    const end = await codex.turn(thread, 'Make the failing test pass.');

    expect(end).toMatchObject({ status: 'completed', error: null });
    expect(end.lastMessage).toContain('Scripted demo model');
    expect(await readFile(join(folder, 'src/cart.js'), 'utf8')).toContain('return amount - (amount * percent) / 100;');
    expect(git(folder, 'diff', '--stat')).toContain('1 insertion(+), 1 deletion(-)');
    expect(door.ledger.calls.every((call) => call.settlement?.state === 'completed' && (call.settlement.usage?.inputTokens ?? 0) > 0)).toBe(
      true,
    );
  });

  it('acts on a follow-up in the same conversation', async () => {
    const folder = await makeRepository(join(door.folder, 'follow'), failing);
    const thread = await codex.startThread(folder);
    await codex.turn(thread, 'Make the failing test pass.');

    const end = await codex.turn(
      thread,
      'Add a comment "percent is 0 to 100" above withDiscount, and also add a changelog line "Discounts are taken off".',
    );

    expect(end.status).toBe('completed');
    expect(await readFile(join(folder, 'src/cart.js'), 'utf8')).toContain('// percent is 0 to 100\nexport function withDiscount');
    expect(await readFile(join(folder, 'CHANGELOG.md'), 'utf8')).toContain('- Discounts are taken off\n');
    expect(git(folder, 'diff', '--', 'src/cart.js')).toContain('+  return amount - ');
  });

  it('says plainly what a scripted model cannot do', async () => {
    const folder = await makeRepository(join(door.folder, 'cannot'), failing);
    const thread = await codex.startThread(folder);

    const end = await codex.turn(thread, 'Compose a symphony about shopping carts.');

    expect(end).toMatchObject({ status: 'completed' });
    expect(end.lastMessage).toContain('I understood no request that I can carry out');
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });

  it('performs a script exactly: words, command, file', async () => {
    const folder = await makeRepository(join(door.folder, 'script'), failing);
    const thread = await codex.startThread(folder);
    const script = [
      '```astraforge-demo',
      '- say: one',
      '- run: echo from the shell > out.txt',
      '- write: {path: notes/a b.txt, content: "it\'s\\n"}',
      '- say: two',
      '```',
    ];

    const end = await codex.turn(thread, script.join('\n'));

    expect(end).toMatchObject({ status: 'completed', lastMessage: 'two' });
    expect(await readFile(join(folder, 'out.txt'), 'utf8')).toBe('from the shell\n');
    expect(await readFile(join(folder, 'notes/a b.txt'), 'utf8')).toBe("it's\n");
  });

  it('takes a steering message into the running turn', async () => {
    const folder = await makeRepository(join(door.folder, 'steer'), failing);
    const thread = await codex.startThread(folder);
    const script = '```astraforge-demo\n- run: touch started; while [ ! -e go ]; do sleep 0.1; done\n- say: script over\n```';
    const turn = codex.turn(thread, script);
    const started = await codex.until(
      (message) => message.method === 'item/started' && JSON.stringify(message.params).includes('touch started'),
    );

    await codex.call('turn/steer', {
      threadId: thread,
      expectedTurnId: started.params?.['turnId'],
      input: [{ type: 'text', text: 'Create a file steered.txt with content "yes"', text_elements: [] }],
    });
    git(folder, 'config', '-f', 'go', 'a.b', 'c');
    const end = await turn;

    expect(end.status).toBe('completed');
    expect(await readFile(join(folder, 'steered.txt'), 'utf8')).toBe('yes\n');
  });

  it('asks the person and goes on with the answer', async () => {
    const folder = await makeRepository(join(door.folder, 'ask'), failing);
    const thread = await codex.startThread(folder);
    const turn = codex.turn(
      thread,
      '```astraforge-demo\n- ask: {question: Which database?, options: [Postgres, SQLite]}\n- run: touch answered\n- say: thanks\n```',
    );
    const request = await codex.until((message) => message.method === 'item/tool/requestUserInput');

    codex.answer(request.id ?? 0, { answers: { q1: { answers: ['Postgres'] } } });
    const end = await turn;

    expect(end).toMatchObject({ status: 'completed', lastMessage: 'thanks' });
    expect(JSON.stringify(request.params)).toContain('Which database?');
  });

  it('reviews a branch with findings in the schema of Codex', async () => {
    const folder = await makeRepository(join(door.folder, 'review'), failing);
    git(folder, 'checkout', '-q', '-b', 'change');
    await writeFile(join(folder, 'src/cart.js'), `${failing['src/cart.js']}try { total(); } catch (error) {}\n`);
    commitAll(folder, 'swallows');
    const thread = await codex.startThread(folder);

    const end = await codex.review(thread, 'main');

    expect(end.status).toBe('completed');
    const review = codex.messages.findLast((message) => JSON.stringify(message).includes('exitedReviewMode'));
    expect(JSON.stringify(review)).toContain('Do not swallow the error');
    expect(JSON.stringify(review)).toContain('src/cart.js');
  });

  it('answers a plan in the schema that was asked for', async () => {
    const folder = await makeRepository(join(door.folder, 'plan'), failing);
    const thread = await codex.startThread(folder);

    const end = await codex.turn(thread, 'Make the failing test pass.', { outputSchema: planSchema });

    const plan = z.fromJSONSchema(planSchema as Parameters<typeof z.fromJSONSchema>[0]).parse(JSON.parse(end.lastMessage));
    expect(plan).toMatchObject({ steps: expect.arrayContaining([expect.objectContaining({ title: expect.any(String) })]) });
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });
});

const planSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'steps', 'risks'],
  properties: {
    summary: { type: 'string' },
    steps: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['title', 'detail', 'files'],
        properties: { title: { type: 'string' }, detail: { type: 'string' }, files: { type: 'array', items: { type: 'string' } } },
      },
    },
    risks: { type: 'array', items: { type: 'string' } },
  },
};
