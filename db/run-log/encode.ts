import type { NewEvent } from '../../workflows/contracts/events.ts';

/** A body above this is an artifact, and its row keeps a beginning of it. */
export const longestBodyBytes = 64 * 1024;
const keptCharacters = 4 * 1024;
/** The year 9999: a workspace's clock is not trusted to be one that Postgres can store. */
const latestMs = 253_402_300_799_999;

/** What of a delta must be equal for two adjacent ones to share a row; null for events that stand alone. */
function deltaKey(event: NewEvent): string | null {
  switch (event.type) {
    case 'agent.delta':
      return `${event.type}/${event.data.itemId}`;
    case 'command.output':
      return `${event.type}/${event.data.precedes ?? false}/${event.data.itemId}`;
    case 'exec.output':
      return `${event.type}/${event.data.name}`;
    case 'setup.output':
      return event.type;
    default:
      return null;
  }
}

/** Joins adjacent deltas of one item, up to the size of a row's body. The joined event keeps the first one's time. */
export function joinDeltas(events: readonly NewEvent[]): NewEvent[] {
  const joined: NewEvent[] = [];
  let open: { key: string; event: NewEvent; texts: string[]; length: number } | null = null;

  function finish(): void {
    if (open && open.texts.length > 1) {
      joined[joined.length - 1] = { ...open.event, data: { ...open.event.data, text: open.texts.join('') } } as NewEvent;
    }
    open = null;
  }

  for (const event of events) {
    const key = deltaKey(event);
    const text = key !== null && 'text' in event.data ? event.data.text : '';
    // A character is at most three bytes in UTF-8 per UTF-16 unit.
    if (open && open.key === key && (open.length + text.length) * 3 <= longestBodyBytes) {
      open.texts.push(text);
      open.length += text.length;
      continue;
    }
    finish();
    joined.push(event);
    if (key !== null) open = { key, event, texts: [text], length: text.length };
  }
  finish();
  return joined;
}

/** A time that the database can store, whatever a workspace claims. */
export function storableTime(emittedAtMs: number): number {
  if (!Number.isFinite(emittedAtMs)) return 0;
  return Math.min(Math.max(0, Math.round(emittedAtMs)), latestMs);
}

export interface LongBody {
  mediaType: string;
  content: string;
  /** What the row keeps: the event's data with its texts shortened. */
  shortened: Record<string, unknown>;
}

/** Null for a body that fits its row. Otherwise the content of the artifact: `text` as it is, any other data as JSON. */
export function longBody(data: Record<string, unknown>, json: string): LongBody | null {
  if (json.length * 3 <= longestBodyBytes || Buffer.byteLength(json) <= longestBodyBytes) return null;
  const { text, ...rest } = data;
  if (typeof text === 'string' && JSON.stringify(rest).length < keptCharacters)
    return { mediaType: 'text/plain; charset=utf-8', content: text, shortened: { ...rest, text: beginning(text) } };
  return { mediaType: 'application/json', content: json, shortened: shorten(data) };
}

function shorten(data: Record<string, unknown>): Record<string, unknown> {
  const shortened = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, shortValue(value)]));
  return JSON.stringify(shortened).length * 3 <= longestBodyBytes ? shortened : { shortened: true };
}

function shortValue(value: unknown): unknown {
  if (typeof value === 'string') return beginning(value);
  if (typeof value !== 'object' || value === null) return value;
  if (JSON.stringify(value).length < keptCharacters) return value;
  return Array.isArray(value) ? [] : null;
}

function beginning(text: string): string {
  return text.length <= keptCharacters ? text : `${text.slice(0, keptCharacters).toWellFormed()}…`;
}
