import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { upsertMergeRequest } from '../../db/merge-requests.ts';
import { upsertPrincipal } from '../../db/principals.ts';
import { insertProject } from '../../db/projects.ts';
import { insertRequest } from '../../db/requests.ts';
import { acquireSlot, releaseSlot } from '../../db/slots.ts';
import { ensureTenant } from '../../db/tenants.ts';
import type { MergeRequestRef, RequestInput, RequestStatus } from '../../workflows/contracts/request.ts';
import { unwrap, type Schemas } from '../client/index.ts';
import { defaultProjectSettings } from '../schemas/projects.ts';
import { openHarness, type Harness } from '../testing/harness.ts';
import { awaiting, checkpoint, owner, requestInput, seedRequest, seedRun } from '../testing/rows.ts';

const ada = { ...owner, id: 'ada', name: 'Ada' };
let harness: Harness;
let inserted: RequestInput[];

const mergeRequestRef = (commit: string, number = 1): MergeRequestRef => ({
  mergeRequestId: uuid(),
  forge: 'local',
  number,
  url: `http://forge/${number}`,
  branch: 'b',
  targetBranch: 'main',
  commit,
  state: 'open',
  mergeCommit: null,
});

async function addProject(tenantId: string, projectId: string, name: string): Promise<void> {
  const project = {
    tenantId,
    projectId,
    name,
    forge: 'local',
    repositoryKind: 'git' as const,
    repositoryUrl: '/repo',
    defaultBranch: 'main',
  };
  await harness.database.withTenant(tenantId, (tx) => insertProject(tx, { ...project, settings: defaultProjectSettings }));
}

/** Requests with the given differences, the first the oldest. */
async function seed(...all: [Partial<RequestInput>, Partial<RequestStatus>, string?][]): Promise<RequestInput[]> {
  const inputs = all.map(([changes], index) => requestInput({ submittedAtMs: 1_750_000_000_000 + index * 1000, ...changes }));
  for (const [index, input] of inputs.entries()) await seedRequest(harness.database, input, all[index]?.[1], { prompt: all[index]?.[2] });
  return inputs;
}

beforeAll(async () => {
  harness = await openHarness();
  const { database } = harness;
  await database.withTenant('other', (tx) => ensureTenant(tx, { tenantId: 'other', name: 'Other' }));
  await database.withTenant('default', (tx) => upsertPrincipal(tx, ada));
  await addProject('default', 'p1', 'app');
  await addProject('default', 'p2', 'shop');
  await addProject('other', 'p9', 'app');
  inserted = await seed(
    [{ title: 'Fix the cart' }, { stage: 'PATCH_READY', awaiting: awaiting('patch-approval') }, 'sum is 100% wrong'],
    [{ title: 'Add a_page', projectId: 'p2', requester: ada }, { stage: 'EXECUTING' }, 'a new page'],
    [{ title: 'Third' }, { stage: 'BLOCKED', awaiting: awaiting('answer') }, 'the CART again'],
    [{ title: 'Fourth', requester: ada }, { stage: 'DONE', outcome: 'merged' }, 'nothing special'],
    [
      { title: 'Fifth', projectId: 'p2' },
      { stage: 'EXECUTING', awaiting: awaiting('slot') },
    ],
  );
  await seedRequest(database, requestInput({ tenantId: 'other', projectId: 'p9', title: 'Fix the cart' }), { stage: 'EXECUTING' });
});
afterAll(() => harness.close());

async function titles(query: Record<string, string>): Promise<string[]> {
  const response = await harness.fetch(`/api/requests?${new URLSearchParams(query).toString()}`);
  return ((await response.json()) as Schemas['RequestPage']).items.map(({ title }) => title);
}

describe('filters of the request list', () => {
  const cases: [string, Record<string, string>, string[]][] = [
    ['several stages', { stage: 'EXECUTING,BLOCKED' }, ['Fifth', 'Third', 'Add a_page']],
    ['what is awaited', { awaiting: 'patch-approval,answer' }, ['Third', 'Fix the cart']],
    ['a project by name', { project: 'shop' }, ['Fifth', 'Add a_page']],
    ['me', { requester: 'me' }, ['Fifth', 'Third', 'Fix the cart']],
    ['another person', { requester: 'ada' }, ['Fourth', 'Add a_page']],
    ['words of title and prompt in any case', { text: 'cart' }, ['Third', 'Fix the cart']],
    ['a percent sign as it is', { text: '100%' }, ['Fix the cart']],
    ['an underscore as it is', { text: 'a_p' }, ['Add a_page']],
    ['words that are nowhere', { text: '%zz' }, []],
    ['all of them at once', { stage: 'EXECUTING', project: 'shop', requester: 'me', awaiting: 'slot' }, ['Fifth']],
    ['open ones of a stage that is closed', { stage: 'DONE', state: 'open' }, []],
    ['filters that are left empty', { stage: '', text: '', awaiting: '' }, ['Fifth', 'Fourth', 'Third', 'Add a_page', 'Fix the cart']],
  ];

  it.each(cases)('%s', async (_name, query, expected) => {
    expect(await titles(query)).toEqual(expected);
  });

  it('an id as text finds that request', async () => {
    expect(await titles({ text: inserted[3]?.requestId ?? '' })).toEqual(['Fourth']);
  });

  it('hold on every page of a walk by cursors', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 1, stage: 'EXECUTING,BLOCKED', cursor };
      const page = await unwrap(harness.api.GET('/api/requests', { params: { query } }));
      seen.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);

    expect(seen).toEqual(['Fifth', 'Third', 'Add a_page']);
  });

  it.each([
    ['stage=NOPE'],
    ['awaiting=nope'],
    [`text=${'x'.repeat(201)}`],
    ['requester=a%2Fb'],
    ['text=%00'],
    ['stage=DONE&stage=BLOCKED'],
  ])('refuses ?%s', async (query) => {
    const response = await harness.fetch(`/api/requests?${query}`);

    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'invalid-query']);
  });
});

describe('a summary', () => {
  it('says since when it stands in its stage, what it changes, and where its merge request is', async () => {
    const input = requestInput({ title: 'With all' });
    const stages = [
      { stage: 'RECEIVED' as const, fromMs: 5, toMs: 6 },
      { stage: 'MR_OPENED' as const, fromMs: 7, toMs: null },
    ];
    const ref = mergeRequestRef('c1', 7);
    await seedRequest(harness.database, input, { stage: 'MR_OPENED', stages, mergeRequest: ref, checkpoint: checkpoint('r') });

    const { items } = await unwrap(harness.api.GET('/api/requests', { params: { query: { text: 'With all' } } }));
    const fresh = requestInput({ title: 'Just submitted' });
    await harness.database.withTenant('default', (tx) => insertRequest(tx, fresh));
    const detail = await unwrap(harness.api.GET('/api/requests/{requestId}', { params: { path: { requestId: input.requestId } } }));
    const [before] = (await unwrap(harness.api.GET('/api/requests', { params: { query: { text: 'Just submitted' } } }))).items;

    const stat = { files: 2, insertions: 5, deletions: 1 };
    expect(items).toMatchObject([{ stageSinceMs: 7, stat, mergeRequest: { number: 7, url: 'http://forge/7', state: 'open' } }]);
    expect(detail).toMatchObject({ stageSinceMs: 7, stat, mergeRequest: ref });
    expect(before).toMatchObject({ stageSinceMs: fresh.submittedAtMs, stat: null, mergeRequest: null });
  });
});

describe('the place in the queue', () => {
  it('is counted among the waiting runs of the tenant alone, and is gone with the slot', async () => {
    const { database } = harness;
    const leaseMs = 60_000;
    const inputs = await seed([{}, {}], [{}, {}], [{}, {}], [{}, {}]);
    const holders: string[] = [];
    for (const input of inputs) {
      const holder = await seedRun(database, input, 1);
      holders.push(holder);
      await database.withTenant('default', (tx) => acquireSlot(tx, { tenantId: 'default', holder, leaseMs }));
    }
    await database.withTenant('other', (tx) => acquireSlot(tx, { tenantId: 'other', holder: 'foreign', leaseMs }));
    const places = () =>
      Promise.all(
        inputs.map(async ({ requestId }) => {
          return (await unwrap(harness.api.GET('/api/requests/{requestId}', { params: { path: { requestId } } }))).queue;
        }),
      );

    const before = await places();
    await database.withTenant('default', (tx) => releaseSlot(tx, { tenantId: 'default', holder: holders[0] ?? '', leaseMs }));
    const after = await places();

    expect(before).toEqual([null, null, { position: 1, total: 2 }, { position: 2, total: 2 }]);
    expect(after).toEqual([null, null, null, { position: 1, total: 1 }]);
  });
});

describe('merge requests', () => {
  it('name the run that made their commit and what it changed', async () => {
    const { database } = harness;
    const input = requestInput();
    await seedRequest(database, input);
    const first = await seedRun(database, input, 1, { checkpoint: checkpoint('1', { commit: 'c1' }) });
    await seedRun(database, input, 2, { checkpoint: checkpoint('2', { commit: 'c1' }) });
    await seedRun(database, input, 3, { checkpoint: checkpoint('3', { commit: 'c3' }) });
    const { tenantId, requestId, projectId } = input;
    const words = { title: 't', description: 'd' };
    const [known, unknown] = [mergeRequestRef('c1', 11), mergeRequestRef('c9', 12)];
    await database.withTenant(tenantId, async (tx) => {
      for (const ref of [known, unknown]) await upsertMergeRequest(tx, { tenantId, requestId, projectId, ...words, ref });
    });

    const { items } = await unwrap(harness.api.GET('/api/merge-requests', { params: { query: { requestId } } }));
    const path = { mergeRequestId: known.mergeRequestId };
    const one = await unwrap(harness.api.GET('/api/merge-requests/{mergeRequestId}', { params: { path } }));

    const made = { runId: first, stat: { files: 2, insertions: 5, deletions: 1 } };
    expect(Object.fromEntries(items.map(({ number, runId, stat }) => [number, { runId, stat }]))).toEqual({
      11: made,
      12: { runId: null, stat: null },
    });
    expect(one).toMatchObject(made);
  });
});

describe('people and options', () => {
  it('lists the tenant by name, with roles and without addresses', async () => {
    const people = await unwrap(harness.api.GET('/api/people'));

    expect(people).toEqual({
      items: [
        { id: 'ada', name: 'Ada', roles: ['admin'] },
        { id: 'owner', name: 'Owner', roles: ['admin'] },
      ],
    });
  });

  it('says what there is to choose from, and whether the model is a stand-in', async () => {
    const options = await unwrap(harness.api.GET('/api/options'));
    harness.deps.modelUpstream = () => Promise.resolve(null);
    const unknown = await unwrap(harness.api.GET('/api/options'));
    harness.deps.modelUpstream = () => Promise.resolve('demo');

    expect(options).toMatchObject({
      executors: ['codex', 'command'],
      defaultExecutor: 'codex',
      models: ['model-1'],
      efforts: ['low', 'high'],
      forges: ['local'],
      egressPresets: ['package-registries'],
      demoModel: true,
      temporalUi: 'http://127.0.0.1:8233',
    });
    expect(unknown.demoModel).toBe(false);
  });
});
