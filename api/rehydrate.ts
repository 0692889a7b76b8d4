import { recordActivity } from '../db/activity.ts';
import { resubmit } from '../db/inbox.ts';
import { everyPage } from '../db/pages.ts';
import { getRequest, knownRequestIds, listOpenRequests, type RequestRow } from '../db/requests.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import type { Principal } from '../workflows/contracts/principal.ts';
import { terminalStages } from '../workflows/contracts/request.ts';
import type { ApiDependencies } from './dependencies.ts';
import { waits } from './limits.ts';
import { notFound } from './problem.ts';
import type { RehydrateOutcome } from './schemas/recovery.ts';

/** So many requests at once: each costs Temporal two calls. */
const atOnce = 8;

type Deps = Pick<ApiDependencies, 'database' | 'workflows' | 'logger'>;

export interface Rehydrated {
  requestId: string;
  title: string;
  stage: RequestRow['stage'];
  outcome: RehydrateOutcome;
}

/**
 * Starts open requests again whose workflow is gone: those of the ids, or all of the tenant. DomainError `not-found` for an id that
 * is none, before anything was started; `temporal-unavailable` when Temporal does not answer: what was started until then stays.
 */
export async function rehydrateRequests(deps: Deps, by: Principal, requestIds: readonly string[] | undefined): Promise<Rehydrated[]> {
  const ids =
    requestIds === undefined ? await openRequestIds(deps, by.tenantId) : await knownIds(deps, by.tenantId, [...new Set(requestIds)]);
  const done: Rehydrated[] = [];
  // Snapshots are large: no more of them are held than are started at once.
  for (let at = 0; at < ids.length; at += atOnce) {
    done.push(...(await Promise.all(ids.slice(at, at + atOnce).map((requestId) => rehydrate(deps, by, requestId)))));
  }
  return done;
}

async function openRequestIds({ database }: Deps, tenantId: string): Promise<string[]> {
  const read = (page: { after: string | null; limit: number }) => database.withTenant(tenantId, (tx) => listOpenRequests(tx, page));
  const ids: string[] = [];
  for await (const page of everyPage(read, ({ requestId }) => requestId)) ids.push(...page.map(({ requestId }) => requestId));
  return ids;
}

async function knownIds({ database }: Deps, tenantId: string, ids: string[]): Promise<string[]> {
  const known = await database.withTenant(tenantId, (tx) => knownRequestIds(tx, ids));
  const unknown = ids.find((requestId) => !known.has(requestId));
  if (unknown !== undefined) throw notFound('request', unknown);
  return ids;
}

async function readRequest({ database }: Deps, tenantId: string, requestId: string): Promise<RequestRow> {
  const row = await database.withTenant(tenantId, (tx) => getRequest(tx, requestId));
  if (!row) throw notFound('request', requestId);
  return row;
}

async function rehydrate(deps: Deps, by: Principal, id: string): Promise<Rehydrated> {
  const row = await readRequest(deps, by.tenantId, id);
  const { requestId, title, stage } = row;
  const outcome = terminalStages.includes(stage) ? 'closed' : await restart(deps, by, row);
  return { requestId, title, stage, outcome };
}

async function restart({ database, workflows, logger }: Deps, by: Principal, row: RequestRow): Promise<RehydrateOutcome> {
  const { tenantId, requestId, snapshot, stage } = row;
  try {
    if (snapshot === null) {
      // Its workflow never wrote anything, so its submit is all there is: the relay delivers it again.
      const again = await database.withTenant(tenantId, (tx) => resubmit(tx, requestId));
      return again ? 'resubmitted' : 'running';
    }
    if ((await workflows.restart(snapshot, waits.restartMs)) === 'running') return 'running';
  } catch (error) {
    throw new DomainError(
      'transient',
      'temporal-unavailable',
      `rehydrate: ${requestId} could not be started (${messageOf(error)}); see that Temporal runs and call again`,
      { cause: error },
    );
  }
  await database.withTenant(tenantId, (tx) =>
    recordActivity(tx, { tenantId, requestId, actor: by.name, verb: 'request.rehydrated', detail: { stage } }),
  );
  logger.info('a request was started again from its snapshot', { requestId, stage });
  return 'restarted';
}
