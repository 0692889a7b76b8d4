import type { Router } from 'express';
import { tallySince } from '../../db/overview.ts';
import type { Tx } from '../../db/port.ts';
import { getProjects } from '../../db/projects.ts';
import { listStanding, type OpenRequest } from '../../db/requests.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limits } from '../limits.ts';
import { mount } from '../mount.ts';
import { getOverview } from '../operations/people.ts';
import { showRequests } from '../summaries.ts';
import { waitsFor } from '../waits-for.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** What waits, what runs and what came of the last days. */
export function overviewRoutes(router: Router, { database }: ApiDependencies): void {
  mount(router, getOverview, async ({ query, principal }) => {
    const body = await database.withTenant(principal.tenantId, async (tx) => {
      const { projectId } = query;
      const mine = await listWaitingFor(tx, principal, projectId);
      const running = await listStanding(tx, { waiting: false, projectId, limit: limits.overviewListMax });
      const { total, days } = await tallySince(tx, { since: startOf(query.days, Date.now()), projectId });
      const projects = new Map(
        (await getProjects(tx, [...new Set(days.map((day) => day.projectId))])).map((row) => [row.projectId, row.name]),
      );
      return {
        waiting: await showRequests(tx, mine),
        running: await showRequests(tx, running),
        totals: { ...total, successRate: total.ended === 0 ? null : total.merged / total.ended },
        days: days.map((tally) => ({ ...tally, projectName: projects.get(tally.projectId) ?? tally.projectId })),
      };
    });
    return { status: 200, body };
  });
}

/** The first that wait for a person, however many there are before them that wait for others. */
async function listWaitingFor(tx: Tx, person: Principal, projectId: string | undefined): Promise<OpenRequest[]> {
  const limit = limits.overviewListMax * 5;
  const mine: OpenRequest[] = [];
  let after: OpenRequest | undefined;
  do {
    const page = await listStanding(tx, { waiting: true, projectId, limit, after });
    mine.push(...page.filter((row) => waitsFor(person, row)));
    after = page.length < limit ? undefined : page.at(-1);
  } while (after !== undefined && mine.length < limits.overviewListMax);
  return mine.slice(0, limits.overviewListMax);
}

/** Midnight UTC of the first of so many days, today the last. */
function startOf(days: number, nowMs: number): Date {
  return new Date(Math.floor(nowMs / dayMs) * dayMs - (days - 1) * dayMs);
}
