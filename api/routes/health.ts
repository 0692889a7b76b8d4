import type { Router } from 'express';
import { sql } from 'drizzle-orm';
import type { ApiDependencies } from '../dependencies.ts';
import { mount } from '../mount.ts';
import { getHealth, getReadiness } from '../operations/others.ts';

const waitMs = 2_000;

/** Liveness and readiness. Temporal may be away: requests are then accepted and delivered later. */
export function healthRoutes(router: Router, { database, workflows, identity }: ApiDependencies): void {
  mount(router, getHealth, () => Promise.resolve({ status: 200, body: { status: 'ok' } }));

  mount(router, getReadiness, async () => {
    const databaseAnswers = database
      .withTenant(identity.tenantId, (tx) => tx.execute(sql`select 1`))
      .then(
        () => true,
        () => false,
      );
    const [isDatabaseOk, isTemporalOk] = await Promise.all([inTime(databaseAnswers), workflows.isReachable(waitMs)]);
    const word = (isOk: boolean): 'ok' | 'unavailable' => (isOk ? 'ok' : 'unavailable');
    const parts = { database: word(isDatabaseOk), temporal: word(isTemporalOk) } as const;
    return { status: isDatabaseOk ? 200 : 503, body: { status: word(isDatabaseOk), parts } };
  });
}

async function inTime(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), waitMs);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
