import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { storeSnapshot } from '../db/requests.ts';
import { initialState } from '../workflows/change-request/state.ts';
import type { RequestSnapshot, Stage } from '../workflows/contracts/request.ts';
import { unwrap } from './client/index.ts';
import { openHarness, type Harness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ warnings: ['mind this'] });
  await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
});
afterAll(() => harness.close());
afterEach(() => {
  harness.workflows.mode = 'up';
});

/** A request whose workflow wrote its projection at this stage and is lost; null: before it wrote anything. */
async function lostAt(stage: Stage | null): Promise<{ requestId: string; snapshot: RequestSnapshot | null }> {
  const { requestId } = await unwrap(harness.api.POST('/api/requests', { body: { project: 'app', prompt: 'make it work' } }));
  const input = harness.workflows.started.get(requestId);
  harness.workflows.started.delete(requestId);
  if (!input || stage === null) return { requestId, snapshot: null };
  const state = initialState(input);
  const snapshot = { ...state, version: 5, status: { ...state.status, stage } };
  await harness.database.withTenant('default', (tx) => storeSnapshot(tx, snapshot, 'run-1'));
  return { requestId, snapshot };
}

async function rehydrate(requestIds?: string[]) {
  const { items } = await unwrap(harness.api.POST('/api/rehydrate', { body: requestIds ? { requestIds } : {} }));
  return Object.fromEntries(items.map(({ requestId, outcome }) => [requestId, outcome]));
}

describe('POST /api/rehydrate', () => {
  it('starts every open request again from its snapshot, submits anew what had none, and leaves the others alone', async () => {
    const [atGate, unwritten, done] = [await lostAt('PATCH_READY'), await lostAt(null), await lostAt('DONE')];

    const first = await rehydrate();
    harness.relay.start();
    await until(() => harness.workflows.started.has(unwritten.requestId));
    const second = await rehydrate([atGate.requestId, done.requestId]);
    const acts = await unwrap(harness.api.GET('/api/activity', { params: { query: { requestId: atGate.requestId } } }));

    expect(first).toEqual({ [atGate.requestId]: 'restarted', [unwritten.requestId]: 'resubmitted' });
    expect(second).toEqual({ [atGate.requestId]: 'running', [done.requestId]: 'closed' });
    expect(harness.workflows.restarted).toMatchObject([{ ...atGate.snapshot, writtenBy: 'run-1' }]);
    expect(acts.items.filter(({ verb }) => verb === 'request.rehydrated')).toHaveLength(1);
  });

  it('starts none when one of the ids is unknown, and says so when Temporal is away', async () => {
    const lost = await lostAt('EXECUTING');
    const unknown = '01890000-0000-7000-8000-000000000000';

    const refused = await harness.api.POST('/api/rehydrate', { body: { requestIds: [lost.requestId, unknown] } });
    harness.workflows.mode = 'away';
    const away = await harness.api.POST('/api/rehydrate', { body: { requestIds: [lost.requestId] } });
    harness.workflows.mode = 'up';

    expect(refused.error).toMatchObject({ code: 'not-found', status: 404 });
    expect(away.error).toMatchObject({ code: 'temporal-unavailable', status: 503 });
    expect(await rehydrate([lost.requestId])).toEqual({ [lost.requestId]: 'restarted' });
  });
});

describe('what people must keep in mind', () => {
  it('comes with every answer, refusals too', async () => {
    const { warnings } = await unwrap(harness.api.GET('/api/options'));
    const answers = [await harness.fetch('/api/me'), await harness.fetch('/api/nothing-here')];

    expect(warnings).toEqual(['mind this']);
    expect(answers.map(({ headers }) => headers.get('astraforge-warning'))).toEqual(['mind this', 'mind this']);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
