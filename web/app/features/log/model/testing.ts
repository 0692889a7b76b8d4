import type { EventData, EventType, LogEvent } from '../../../../../workflows/contracts/events.ts';
import type { LogEntry } from './entry.ts';

/** An event without its place. Of run `r` and its first attempt unless it says otherwise; `runId: null` is the request's own. */
export type Told = { [K in EventType]: { type: K; data: EventData<K>; runId?: string | null; attempt?: number | null } }[EventType];

/** Events numbered from 1, a second apart. */
export function logOf(...events: readonly Told[]): LogEvent[] {
  return events.map(({ runId = 'r', attempt = runId === null ? null : 1, ...event }, index) => {
    return { ...event, seq: index + 1, requestId: 'q', runId, attempt, emittedAtMs: 1000 * (index + 1) } as LogEvent;
  });
}

/** The lines under an entry as plain text. */
export function bodyOf(entry: LogEntry | undefined): string[] {
  return Array.from({ length: entry?.body?.lineCount ?? 0 }, (_, index) => entry?.body?.line(index).text ?? '');
}

/** What a reader sees of entries, without what differs by the way they were made. */
export function shown(entries: readonly LogEntry[]) {
  return entries.map((entry) => {
    const { seq, kind, title, tone, result, durationMs, longTexts } = entry;
    const spans = Array.from({ length: entry.body?.lineCount ?? 0 }, (_, index) => entry.body?.line(index).spans);
    return { seq, kind, title, tone, result, durationMs, longTexts, body: bodyOf(entry), spans };
  });
}
