import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getMessages, insertMessage, withdrawMessage } from '../../db/messages.ts';
import { placeWorkspace } from '../../db/workspace-places.ts';
import type { Remark } from '../../workflows/contracts/request.ts';
import type { FakeWorkspace } from '../testing/fake-provisioner.ts';
import { requestInput, runInput } from '../testing/samples.ts';
import { openWorld, workspaceRef, type World } from '../testing/world.ts';
import { createDeliver } from './deliver.ts';

const run = runInput({ request: requestInput({ requestId: '01890000-0000-7000-8003-000000000001' }) });
const { tenantId, requestId } = run.request;
let world: World;
let workspace: FakeWorkspace;

beforeAll(async () => {
  world = await openWorld();
  await world.seed(run);
  const row = { tenantId, workspaceId: `${run.runId}-a1`, requestId, runId: run.runId, attempt: 1, hostId: 'h1', provisioner: 'fake' };
  await world.database.withTenant(tenantId, (tx) =>
    placeWorkspace(tx, { ...row, purpose: 'agent', state: 'active', baseCommit: 'b'.repeat(40), leaseMs: 60_000 }),
  );
  workspace = world.provisioner.add(row.workspaceId);
});
afterAll(() => world.close());

async function say(messageId: string, remarks: Remark[] = []): Promise<void> {
  const message = { tenantId, requestId, messageId, kind: 'chat' as const, authorId: 'p-ada', body: 'words', remarks, subjectId: 'c1' };
  await world.database.withTenant(tenantId, (tx) => insertMessage(tx, message));
}

function steer(messageId: string): Promise<void> {
  const message = { kind: 'steer' as const, message: { messageId, kind: 'chat' as const, author: null } };
  return createDeliver(world.deps)({ workspace: workspaceRef(run), message });
}

describe('delivering words into a turn', () => {
  it('carries words and remarks, after which they cannot be withdrawn', async () => {
    await say('d1', [{ path: 'a.ts', side: 'new', startLine: 1, endLine: 2, body: 'Shorter.' }]);

    await steer('d1');
    const disposition = await world.database.withTenant(tenantId, (tx) => withdrawMessage(tx, 'd1'));

    const [command] = workspace.delivered;
    expect(command).toMatchObject({ kind: 'steer', messageId: 'd1', input: [{ type: 'text', text: 'words' }, { type: 'text' }] });
    expect(JSON.stringify(command)).toContain('lines 1-2:\\n  Shorter.');
    expect(disposition).toBe('accepted');
  });

  it('leaves out what was withdrawn before', async () => {
    await say('d2');
    await world.database.withTenant(tenantId, (tx) => withdrawMessage(tx, 'd2'));

    await steer('d2');

    expect(workspace.delivered.map(({ messageId }) => messageId)).not.toContain('d2');
    const [row] = await world.database.withTenant(tenantId, (tx) => getMessages(tx, ['d2']));
    expect(row).toMatchObject({ disposition: 'withdrawn', sentAt: null });
  });

  it('names a message that is not there', async () => {
    await expect(steer('nothing')).rejects.toMatchObject({ code: 'message-missing' });
  });
});
