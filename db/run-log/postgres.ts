import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Logger } from '../../config/logger.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import type { LogEvent, NewEvent } from '../../workflows/contracts/events.ts';
import type { ArtifactStore } from '../artifacts/port.ts';
import type { Database } from '../port.ts';
import { eventCounters, events as eventsTable, requests, tailOffsets } from '../schema.ts';
import { storableJson } from '../storable-json.ts';
import { joinDeltas, longBody, storableTime } from './encode.ts';
import { createNotifier, newsChannel, parseNews, type News } from './notifier.ts';
import { partitionTime, timeOfId } from './partition.ts';
import type { RunLog, RunLogScope } from './port.ts';

/** Artifact kind of the bodies that are too long for a row. */
export const eventBodyKind = 'event-body';

const mostRowsRead = 10_000;

export interface RunLogOptions {
  logger: Logger;
  /** At most one NOTIFY of this process in so many milliseconds; 20. */
  notifyEveryMs?: number;
}

/** The run log in Postgres: one statement an append, so two round trips; appenders of one request queue at its counter row. */
export function createPostgresRunLog(database: Database, artifacts: ArtifactStore, options: RunLogOptions): RunLog {
  const notify = createNotifier(database, options.logger, options.notifyEveryMs ?? 20);
  /** Tenants that this process reads or hears of: whose open requests it catches up on after a lost connection. */
  const tenants = new Set<string>();

  /** `guard` inserts or updates one row when the append is due; without that row nothing else happens. */
  async function appendGuarded(scope: RunLogScope, events: NewEvent[], guard: SQL): Promise<boolean> {
    const joined = joinDeltas(events);
    const rows = await Promise.all(joined.map((event) => encode(artifacts, scope.tenantId, event)));
    const { tenantId, requestId } = scope;
    const [result] = await database.withTenant(tenantId, (tx) =>
      tx.execute<{ done: boolean; last_seq: string | null }>(sql`
        with guard as (${guard} returning 1),
        counter as (
          insert into event_counters (tenant_id, request_id, last_seq)
          select ${tenantId}, ${requestId}, ${rows.length}::bigint from guard where ${rows.length}::bigint > 0
          on conflict (request_id) do update set last_seq = event_counters.last_seq + excluded.last_seq
          returning last_seq
        ),
        added as (
          insert into events (tenant_id, request_id, seq, run_id, attempt, type, data, emitted_at, partition_at)
          select ${tenantId}, ${requestId}, counter.last_seq - ${rows.length}::bigint + event.place, ${scope.runId}::text, ${scope.attempt}::int,
            event.value ->> 'type', event.value -> 'data', to_timestamp((event.value ->> 'emittedAtMs')::float8 / 1000),
            ${partitionTime(scope, new Date()).toISOString()}::timestamptz
          from counter, jsonb_array_elements(${`[${rows.join(',')}]`}::jsonb) with ordinality as event (value, place)
        )
        select exists (select from guard) as done, (select last_seq from counter) as last_seq`),
    );
    if (result?.last_seq) notify({ tenantId, requestId, lastSeq: Number(result.last_seq) });
    return result?.done ?? false;
  }

  return {
    async append(scope, events, dedupeKey) {
      await appendGuarded(
        scope,
        events,
        sql`insert into event_appends (tenant_id, request_id, dedupe_key) values (${scope.tenantId}, ${scope.requestId}, ${dedupeKey}) on conflict do nothing`,
      );
    },

    async appendTail(scope, { workspaceId, startOffset, endOffset, events }) {
      if (endOffset < startOffset) throw new Error('a tailed batch ends before it starts');
      return appendGuarded(scope, events, moveOffset(scope.tenantId, workspaceId, startOffset, endOffset));
    },

    async tailOffset(tenantId, workspaceId) {
      const [row] = await database.withTenant(tenantId, (tx) =>
        tx.select({ nextOffset: tailOffsets.nextOffset }).from(tailOffsets).where(eq(tailOffsets.workspaceId, workspaceId)),
      );
      return row?.nextOffset ?? 0;
    },

    async read(tenantId, input) {
      tenants.add(tenantId);
      const back = input.beforeSeq !== undefined;
      const rows = await database.withTenant(tenantId, (tx) =>
        tx
          .select()
          .from(eventsTable)
          .where(matching(input))
          .orderBy(back ? desc(eventsTable.seq) : asc(eventsTable.seq))
          .limit(Math.min(Math.max(1, Math.trunc(input.limit)), mostRowsRead)),
      );
      const events = rows.map(toLogEvent);
      return back ? events.reverse() : events;
    },

    async subscribe(onNews) {
      return database.listen(
        newsChannel,
        (payload) => {
          for (const news of parseNews(payload)) {
            tenants.add(news.tenantId);
            onNews(news);
          }
        },
        () => void catchUp(database, tenants, onNews, options.logger),
      );
    },
  };
}

function matching(input: Parameters<RunLog['read']>[1]): SQL | undefined {
  const earliest = timeOfId(input.requestId);
  return and(
    eq(eventsTable.requestId, input.requestId),
    gt(eventsTable.seq, input.afterSeq),
    input.beforeSeq === undefined ? undefined : lt(eventsTable.seq, input.beforeSeq),
    input.runId === undefined ? undefined : eq(eventsTable.runId, input.runId),
    input.types === undefined ? undefined : inArray(eventsTable.type, input.types),
    earliest ? gte(eventsTable.partitionAt, earliest) : undefined,
  );
}

/** Compare and swap: a row only when the offset is where this watcher left it. The first batch of a workspace makes the row. */
function moveOffset(tenantId: string, workspaceId: string, startOffset: number, endOffset: number): SQL {
  if (startOffset > 0)
    return sql`update tail_offsets set next_offset = ${endOffset}::bigint where workspace_id = ${workspaceId} and next_offset = ${startOffset}::bigint`;
  return sql`insert into tail_offsets (tenant_id, workspace_id, next_offset) values (${tenantId}, ${workspaceId}, ${endOffset}::bigint)
    on conflict (workspace_id) do update set next_offset = excluded.next_offset where tail_offsets.next_offset = 0`;
}

/** An event as the JSON that goes into its row; a long body becomes an artifact first. */
async function encode(artifacts: ArtifactStore, tenantId: string, event: NewEvent): Promise<string> {
  const data = storableJson(event.data) as Record<string, unknown>;
  const json = JSON.stringify(data);
  const long = longBody(data, json);
  const kept = long ? JSON.stringify({ ...long.shortened, ...(await storeBody(artifacts, tenantId, long)) }) : json;
  return `{"type":${JSON.stringify(event.type)},"emittedAtMs":${storableTime(event.emittedAtMs)},"data":${kept}}`;
}

async function storeBody(
  artifacts: ArtifactStore,
  tenantId: string,
  body: { mediaType: string; content: string },
): Promise<{ artifactId: string | null; sizeBytes: number }> {
  const bytes = Buffer.from(body.content);
  try {
    const { artifactId, sizeBytes } = await artifacts.put(tenantId, { kind: eventBodyKind, mediaType: body.mediaType, bytes });
    return { artifactId, sizeBytes };
  } catch (error) {
    // More than the store takes: the log goes on with the beginning alone.
    if (error instanceof DomainError && error.code === 'artifact-too-large') return { artifactId: null, sizeBytes: bytes.length };
    throw error;
  }
}

function toLogEvent(row: typeof eventsTable.$inferSelect): LogEvent {
  return {
    type: row.type,
    emittedAtMs: row.emittedAt.getTime(),
    data: row.data,
    seq: row.seq,
    requestId: row.requestId,
    runId: row.runId,
    attempt: row.attempt,
  } as LogEvent;
}

/** After a lost connection nobody knows what was missed: every open request of the known tenants is news. */
async function catchUp(database: Database, tenants: Set<string>, onNews: (news: News) => void, logger: Logger): Promise<void> {
  for (const tenantId of tenants) {
    try {
      const rows = await database.withTenant(tenantId, (tx) =>
        tx
          .select({ requestId: eventCounters.requestId, lastSeq: eventCounters.lastSeq })
          .from(eventCounters)
          .leftJoin(requests, eq(requests.requestId, eventCounters.requestId))
          .where(isNull(requests.closedAt)),
      );
      for (const row of rows) onNews({ tenantId, ...row });
    } catch (error) {
      logger.warn('run log could not catch up', { tenantId, error: messageOf(error) });
    }
  }
}
