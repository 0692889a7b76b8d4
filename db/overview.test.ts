import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { tallySince, type Tally } from './overview.ts';
import { requests, runs } from './schema.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

let test: TestDatabase;

const since = new Date('2026-03-10T00:00:00Z');
const hourMs = 3_600_000;

interface Lived {
  project: string;
  opened: string;
  closed?: string;
  outcome?: string;
  /** When each run ended, with its tokens. */
  runs?: [string, number, number][];
}

async function live(tenantId: string, lives: Lived[]): Promise<void> {
  await test.database.withTenant(tenantId, async (tx) => {
    for (const { project, opened, closed, outcome, runs: ended = [] } of lives) {
      const requestId = v7();
      const stage = outcome === 'failed' ? ('FAILED' as const) : closed ? ('DONE' as const) : ('EXECUTING' as const);
      await tx.insert(requests).values({
        ...{ tenantId, requestId, projectId: project, requesterId: 'ada', title: 't', stage, outcome },
        ...{ createdAt: new Date(opened), closedAt: closed ? new Date(closed) : null },
      });
      for (const [index, [endedAt, inputTokens, outputTokens]] of ended.entries()) {
        const run = {
          tenantId,
          requestId,
          runId: `${requestId}-${index}`,
          ordinal: index,
          purpose: 'implement',
          status: 'succeeded' as const,
        };
        await tx.insert(runs).values({ ...run, inputTokens, outputTokens, endedAt: new Date(endedAt) });
      }
      await tx
        .insert(runs)
        .values({ tenantId, requestId, runId: `${requestId}-w`, ordinal: 99, purpose: 'implement', status: 'working', inputTokens: 1e6 });
    }
  });
}

const nothing: Tally = { opened: 0, merged: 0, failed: 0, cancelled: 0, ended: 0, leadTimeMsP50: null, inputTokens: 0, outputTokens: 0 };

beforeAll(async () => {
  test = await openTestDatabase();
  await live('t', [
    // Opened before the span, merged in it after 25 h; one run ended before the span.
    {
      project: 'p1',
      opened: '2026-03-09T23:00:00Z',
      closed: '2026-03-11T00:00:00Z',
      outcome: 'merged',
      runs: [
        ['2026-03-09T23:30:00Z', 1000, 1000],
        ['2026-03-10T00:00:00Z', 10, 1],
        ['2026-03-11T00:00:00Z', 20, 2],
      ],
    },
    // Both ends on one day, the last millisecond of it among them: 1 h and 3 h.
    {
      project: 'p1',
      opened: '2026-03-11T01:00:00Z',
      closed: '2026-03-11T02:00:00Z',
      outcome: 'merged',
      runs: [['2026-03-11T01:30:00Z', 5, 5]],
    },
    { project: 'p1', opened: '2026-03-11T20:59:59.999Z', closed: '2026-03-11T23:59:59.999Z', outcome: 'patch' },
    { project: 'p1', opened: '2026-03-11T12:00:00Z', closed: '2026-03-12T00:00:00Z', outcome: 'failed' },
    { project: 'p2', opened: '2026-03-11T12:00:00Z', closed: '2026-03-11T13:00:00Z', outcome: 'cancelled' },
    { project: 'p2', opened: '2026-03-11T12:00:00Z', closed: '2026-03-11T13:00:00Z', outcome: 'no-changes' },
    { project: 'p2', opened: '2026-03-12T12:00:00Z' },
    // Wholly before the span.
    { project: 'p1', opened: '2026-03-01T12:00:00Z', closed: '2026-03-01T13:00:00Z', outcome: 'merged' },
  ]);
  await live('other', [
    {
      project: 'p1',
      opened: '2026-03-11T12:00:00Z',
      closed: '2026-03-11T13:00:00Z',
      outcome: 'merged',
      runs: [['2026-03-11T12:00:00Z', 7, 7]],
    },
  ]);
});
afterAll(() => test.close());

describe('tallySince', () => {
  it('counts each request on the days of its submit and of its end, and tokens on the day of their run', async () => {
    const { days } = await test.database.withTenant('t', (tx) => tallySince(tx, { since }));

    expect(days).toEqual([
      { ...nothing, day: '2026-03-10', projectId: 'p1', inputTokens: 10, outputTokens: 1 },
      {
        ...nothing,
        ...{ day: '2026-03-11', projectId: 'p1', opened: 3, merged: 3, ended: 3, inputTokens: 25, outputTokens: 7 },
        // The median of 25 h, 1 h and 3 h.
        leadTimeMsP50: 3 * hourMs,
      },
      { ...nothing, day: '2026-03-11', projectId: 'p2', opened: 2, cancelled: 1, ended: 2 },
      { ...nothing, day: '2026-03-12', projectId: 'p1', failed: 1, ended: 1 },
      { ...nothing, day: '2026-03-12', projectId: 'p2', opened: 1 },
    ]);
  });

  it('adds up to the whole, whose median is over all requests and not over days', async () => {
    const { total } = await test.database.withTenant('t', (tx) => tallySince(tx, { since }));

    expect(total).toEqual({
      ...{ opened: 6, merged: 3, failed: 1, cancelled: 1, ended: 6 },
      ...{ leadTimeMsP50: 3 * hourMs, inputTokens: 35, outputTokens: 8 },
    });
  });

  it('takes the middle between two for an even number', async () => {
    const { total } = await test.database.withTenant('t', (tx) => tallySince(tx, { since: new Date('2026-03-11T00:00:00.001Z') }));

    expect(total).toMatchObject({ merged: 2, leadTimeMsP50: 2 * hourMs });
  });

  it('is about one project when asked', async () => {
    const { total, days } = await test.database.withTenant('t', (tx) => tallySince(tx, { since, projectId: 'p2' }));

    expect(total).toMatchObject({ opened: 3, ended: 2, inputTokens: 0 });
    expect(new Set(days.map(({ projectId }) => projectId))).toEqual(new Set(['p2']));
  });

  it('is about nothing but the tenant, and all zero where nothing happened', async () => {
    const other = await test.database.withTenant('other', (tx) => tallySince(tx, { since }));
    const empty = await test.database.withTenant('nobody', (tx) => tallySince(tx, { since }));

    expect(other.total).toMatchObject({ opened: 1, merged: 1, inputTokens: 7 });
    expect(empty).toEqual({ total: nothing, days: [] });
  });
});
