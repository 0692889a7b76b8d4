import type { RunLog } from '../../db/run-log/port.ts';
import type { LogEvent } from '../../workflows/contracts/events.ts';

/** One page of a log as JSON. Asks for one event more, to know whether there is more. */
export async function readEvents(
  runLog: RunLog,
  tenantId: string,
  input: { requestId: string; runId?: string; afterSeq: number; limit: number },
): Promise<{ items: LogEvent[]; lastSeq: number; more: boolean }> {
  const events = await runLog.read(tenantId, { ...input, limit: input.limit + 1 });
  const items = events.slice(0, input.limit);
  return { items, lastSeq: items.at(-1)?.seq ?? input.afterSeq, more: events.length > input.limit };
}

/** Where a stream goes on: `Last-Event-ID` when a reader sends a good one, else what the query says. */
export function startOf(lastEventId: string | undefined, fallback: number[]): number[] {
  if (lastEventId === undefined || !/^\d{1,15}(,\d{1,15})*$/.test(lastEventId)) return fallback;
  return lastEventId.split(',').map(Number);
}
