import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startCodex, type CodexSession } from '../../testing/codex.ts';
import { git, makeRepository, startDoor, type TestDoor } from '../../testing/harness.ts';
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
    expect(end.lastMessage).toContain('scripted demo model'.replace('s', 'S'));
    expect(await readFile(join(folder, 'src/cart.js'), 'utf8')).toContain('return amount - (amount * percent) / 100;');
    expect(git(folder, 'diff', '--stat')).toContain('1 insertion(+), 1 deletion(-)');
    expect(door.ledger.calls.every((call) => call.settlement?.state === 'completed' && (call.settlement.usage?.inputTokens ?? 0) > 0)).toBe(
      true,
    );
  });
});
void z;
