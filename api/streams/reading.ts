import type { RunLog } from '../../db/run-log/port.ts';
import type { EventType, LogEvent } from '../../workflows/contracts/events.ts';

/**
 * One page of a log as JSON. Asks for one event more, to know whether there is more: newer, or with `beforeSeq` older. Of some
 * `types` alone, the last page ends at `headSeq`, the end of the log as it was before this read: so a reader follows from there
 * and misses nothing.
 */
export async function readEvents(
  runLog: RunLog,
  tenantId: string,
  input: { requestId: string; runId?: string; types?: EventType[]; afterSeq: number; beforeSeq?: number; limit: number },
  headSeq = 0,
): Promise<{ items: LogEvent[]; lastSeq: number; more: boolean }> {
  const events = await runLog.read(tenantId, { ...input, limit: input.limit + 1 });
  const back = input.beforeSeq !== undefined;
  const items = back ? events.slice(-input.limit) : events.slice(0, input.limit);
  const more = events.length > input.limit;
  const lastSeq = items.at(-1)?.seq ?? input.afterSeq;
  return { items, lastSeq: more || back ? lastSeq : Math.max(lastSeq, headSeq), more };
}

/** Where a stream goes on: `Last-Event-ID` when a reader sends a good one, else what the query says. */
export function startOf(lastEventId: string | undefined, fallback: number[]): number[] {
  if (lastEventId === undefined || !/^\d{1,15}(,\d{1,15})*$/.test(lastEventId)) return fallback;
  return lastEventId.split(',').map(Number);
}
