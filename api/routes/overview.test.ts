import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { upsertPrincipal } from '../../db/principals.ts';
import { insertProject } from '../../db/projects.ts';
import type { Role } from '../../workflows/contracts/principal.ts';
import { unwrap } from '../client/index.ts';
import { defaultProjectSettings } from '../schemas/projects.ts';
import { openHarness, type Harness } from '../testing/harness.ts';
import { awaiting, checkpoint, openGate, owner, requestInput, seedRequest, seedRun } from '../testing/rows.ts';

const dayMs = 24 * 60 * 60 * 1000;
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
  const { database } = harness;
  const project = { tenantId: 'default', forge: 'local', repositoryKind: 'git' as const, repositoryUrl: '/repo', defaultBranch: 'main' };
  await database.withTenant('default', async (tx) => {
    await insertProject(tx, { ...project, projectId: 'p1', name: 'app', settings: defaultProjectSettings });
    await insertProject(tx, { ...project, projectId: 'p2', name: 'shop', settings: defaultProjectSettings });
  });
  await seedRequest(database, requestInput({ title: 'vote' }), {
    stage: 'PATCH_READY',
    awaiting: awaiting('patch-approval', 30),
    gate: openGate(),
  });
  await seedRequest(database, requestInput({ title: 'answer', projectId: 'p2' }), { stage: 'BLOCKED', awaiting: awaiting('answer', 10) });
  await seedRequest(database, requestInput({ title: 'at work' }), { stage: 'EXECUTING' });
  await seedRequest(database, requestInput({ title: 'in the queue', projectId: 'p2' }), {
    stage: 'EXECUTING',
    awaiting: awaiting('slot', 5),
  });
  const now = Date.now();
  const merged = requestInput({ title: 'merged', submittedAtMs: now - 1000 });
  await seedRequest(database, merged, { stage: 'DONE', outcome: 'merged', updatedAtMs: now });
  await seedRun(database, merged, 1, { checkpoint: checkpoint('1'), inputTokens: 100, outputTokens: 7 });
  await seedRequest(database, requestInput({ title: 'cancelled' }), { stage: 'CANCELLED', outcome: 'cancelled', updatedAtMs: now });
  const longAgo = now - 40 * dayMs;
  await seedRequest(database, requestInput({ submittedAtMs: longAgo }), { stage: 'DONE', outcome: 'merged', updatedAtMs: longAgo + 5000 });
  await seedRequest(database, requestInput({ tenantId: 'other', projectId: 'p1' }), { stage: 'BLOCKED', awaiting: awaiting('answer') });
});
afterAll(() => harness.close());

function overview(query: { days?: number; projectId?: string } = {}) {
  return unwrap(harness.api.GET('/api/overview', { params: { query } }));
}

const titlesOf = (items: { title: string }[]) => items.map(({ title }) => title);

describe('the overview', () => {
  it('says first what waits, the longest wait first, and then what goes on by itself', async () => {
    const { waiting, running } = await overview();

    expect(titlesOf(waiting)).toEqual(['answer', 'vote']);
    expect(titlesOf(running)).toEqual(['in the queue', 'at work']);
    expect(waiting[0]).toMatchObject({ project: { name: 'shop' }, requester: { name: 'Owner' }, awaiting: { kind: 'answer' } });
  });

  it.each<[Role, string[]]>([
    ['reviewer', []],
    ['maintainer', ['answer']],
    ['observer', []],
  ])('shows a %s what that role may act on', async (role, expected) => {
    await harness.database.withTenant('default', (tx) => upsertPrincipal(tx, { ...owner, roles: [role] }));

    const { waiting, running } = await overview();
    await harness.database.withTenant('default', (tx) => upsertPrincipal(tx, owner));

    expect(titlesOf(waiting)).toEqual(expected);
    expect(titlesOf(running)).toHaveLength(2);
  });

  it('adds up the days of the span, by project', async () => {
    const { totals, days } = await overview({ days: 2 });

    expect(totals).toEqual({
      ...{ opened: 6, merged: 1, failed: 0, cancelled: 1, ended: 2, successRate: 0.5 },
      ...{ leadTimeMsP50: 1000, inputTokens: 100, outputTokens: 7 },
    });
    const opened = new Map<string, number>();
    for (const day of days) opened.set(day.projectName, (opened.get(day.projectName) ?? 0) + day.opened);
    expect(Object.fromEntries(opened)).toEqual({ app: 4, shop: 2 });
    for (const { day } of days) expect(day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('is about one project when asked, and has no success rate where nothing ended', async () => {
    const { waiting, running, totals, days } = await overview({ projectId: 'p2' });

    expect([titlesOf(waiting), titlesOf(running)]).toEqual([['answer'], ['in the queue']]);
    expect(totals).toMatchObject({ opened: 2, merged: 0, successRate: null, leadTimeMsP50: null });
    expect(new Set(days.map(({ projectId }) => projectId))).toEqual(new Set(['p2']));
  });

  it('reaches further back with more days', async () => {
    expect((await overview({ days: 60 })).totals).toMatchObject({ opened: 7, merged: 2, leadTimeMsP50: 3000 });
  });

  it.each(['days=0', 'days=366', 'days=x', 'projectId=a%2Fb'])('refuses ?%s', async (query) => {
    expect((await harness.fetch(`/api/overview?${query}`)).status).toBe(400);
  });
});

describe('the overview of many requests', () => {
  it('shows somebody the one that waits for them behind hundreds that wait longer for others', async () => {
    const own = await openHarness();
    try {
      const blocked = requestInput();
      await seedRequest(own.database, blocked, { stage: 'BLOCKED', awaiting: awaiting('answer', 10) });
      // As many as fill two pages, some since the same moment.
      await own.database.withTenant('default', async (tx) => {
        await tx.execute(sql`insert into requests select (jsonb_populate_record(requests, jsonb_build_object('request_id', 'copy-' || n))).*
          from requests, generate_series(1, 1000) as n where request_id = ${blocked.requestId}`);
        await upsertPrincipal(tx, { ...owner, roles: ['reviewer'] });
      });
      const gate = openGate({ rule: { required: 1, roles: ['reviewer'], requesterMayVote: true } });
      await seedRequest(own.database, requestInput({ title: 'vote' }), {
        stage: 'PATCH_READY',
        awaiting: awaiting('patch-approval', 20),
        gate,
      });

      const { waiting } = await unwrap(own.api.GET('/api/overview'));

      expect(titlesOf(waiting)).toEqual(['vote']);
    } finally {
      await own.close();
    }
  });
});
