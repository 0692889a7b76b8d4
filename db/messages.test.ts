import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { getMessages, insertMessage, sendMessages, setDisposition, withdrawMessage } from './messages.ts';
import type { Tx } from './port.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

function inTenant<T>(work: (tx: Tx) => Promise<T>, tenantId = 't'): Promise<T> {
  return test.database.withTenant(tenantId, work);
}

async function message(): Promise<string> {
  const messageId = v7();
  await inTenant((tx) => insertMessage(tx, { tenantId: 't', messageId, requestId: 'r', kind: 'chat', body: 'words' }));
  return messageId;
}

async function dispositionOf(messageId: string): Promise<string | undefined> {
  return (await inTenant((tx) => getMessages(tx, [messageId])))[0]?.disposition;
}

describe('withdrawing a message', () => {
  const histories: [string, (messageId: string) => Promise<unknown>, string][] = [
    ['that was just taken', () => Promise.resolve(), 'withdrawn'],
    ['that the agent gave back', (id) => inTenant((tx) => setDisposition(tx, [id], 'queued')), 'withdrawn'],
    ['that is on its way into a workspace', (id) => inTenant((tx) => sendMessages(tx, [id])), 'accepted'],
    ['that went into a workspace and was given back', (id) => sentAnd(id, 'queued'), 'withdrawn'],
    ['that the agent took in its turn', (id) => sentAnd(id, 'steered'), 'steered'],
    ['that a run carries', (id) => inTenant((tx) => setDisposition(tx, [id], 'carried', 'run')), 'carried'],
    ['a second time', (id) => inTenant((tx) => withdrawMessage(tx, id)), 'withdrawn'],
  ];

  async function sentAnd(messageId: string, disposition: 'queued' | 'steered'): Promise<void> {
    await inTenant((tx) => sendMessages(tx, [messageId]));
    await inTenant((tx) => setDisposition(tx, [messageId], disposition, 'run'));
  }

  it.each(histories)('%s', async (_name, happen, expected) => {
    const messageId = await message();
    await happen(messageId);

    const answered = await inTenant((tx) => withdrawMessage(tx, messageId));

    expect(answered).toBe(expected);
    expect(await dispositionOf(messageId)).toBe(expected);
  });

  it('holds: it is sent no more, and nothing that is told of it later changes it', async () => {
    const [gone, kept] = [await message(), await message()];
    await inTenant((tx) => withdrawMessage(tx, gone));

    const sent = await inTenant((tx) => sendMessages(tx, [gone, kept]));
    for (const disposition of ['queued', 'steered', 'carried'] as const)
      await inTenant((tx) => setDisposition(tx, [gone], disposition, 'r'));

    expect(sent.map(({ messageId }) => messageId)).toEqual([kept]);
    expect(await dispositionOf(gone)).toBe('withdrawn');
  });

  it('and sending it at the same moment end in one of the two, never in both', async () => {
    const messageIds = await Promise.all(Array.from({ length: 20 }, message));

    const outcomes = await Promise.all(
      messageIds.map((id) => Promise.all([inTenant((tx) => sendMessages(tx, [id])), inTenant((tx) => withdrawMessage(tx, id))])),
    );

    for (const [sent, disposition] of outcomes) expect(sent.length === 1).toBe(disposition !== 'withdrawn');
  });

  it('is for its own tenant only', async () => {
    const messageId = await message();

    const answered = await inTenant((tx) => withdrawMessage(tx, messageId), 'other');

    expect(answered).toBeNull();
    expect(await dispositionOf(messageId)).toBe('accepted');
  });
});

describe('a queued message', () => {
  it('that a later run carries by now does not fall back when the log is read again', async () => {
    const messageId = await message();
    await inTenant((tx) => setDisposition(tx, [messageId], 'carried', 'run-2'));

    await inTenant((tx) => setDisposition(tx, [messageId], 'queued'));

    expect(await dispositionOf(messageId)).toBe('carried');
  });
});
