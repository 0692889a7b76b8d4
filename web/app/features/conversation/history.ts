import type { LogEvent } from '~/lib/log-event.ts';
import { transcriptTypes } from './transcript.ts';

/** The part of a request's log that makes its conversation, and where to follow from. */
export interface History {
  events: LogEvent[];
  lastSeq: number;
  /** True when there is so much that a part of the middle was left out. */
  isCut: boolean;
}

export interface EventQuery {
  types: string;
  afterSeq: number;
  beforeSeq?: number;
  limit: number;
}

interface EventPage {
  items: LogEvent[];
  lastSeq: number;
  more: boolean;
}

const pageSize = 1000;

/**
 * Reads the conversation's beginning and end, and what the agent is just writing: `read` asks the API for a page. What comes
 * after `lastSeq` is told by the stream, so that nothing is missed and nothing doubled.
 */
export async function readHistory(read: (query: EventQuery) => Promise<EventPage>, isWorking: boolean): Promise<History> {
  const types = transcriptTypes.join(',');
  const first = await read({ types, afterSeq: 0, limit: pageSize });
  const endOfFirst = first.items.at(-1)?.seq ?? 0;
  const last = first.more ? await read({ types, afterSeq: endOfFirst, beforeSeq: Number.MAX_SAFE_INTEGER, limit: pageSize }) : null;
  const events = [...first.items, ...(last?.items ?? [])];
  const lastSeq = last?.lastSeq ?? first.lastSeq;
  const words = isWorking ? await readUnfinished(read, events, lastSeq) : [];
  return { events: mergeBySeq(events, words), lastSeq, isCut: last?.more ?? false };
}

/** The words that no whole message has replaced yet. */
async function readUnfinished(read: (query: EventQuery) => Promise<EventPage>, events: LogEvent[], lastSeq: number): Promise<LogEvent[]> {
  const afterSeq = events.findLast(({ type }) => type === 'agent.message' || type === 'run.started')?.seq ?? 0;
  const page = await read({ types: 'agent.delta', afterSeq, limit: pageSize });
  return page.items.filter(({ seq }) => seq <= lastSeq);
}

function mergeBySeq(a: LogEvent[], b: LogEvent[]): LogEvent[] {
  return b.length === 0 ? a : [...a, ...b].sort((x, y) => x.seq - y.seq);
}
