import type { SseEvent } from './protocol.ts';

/** An event in the wire form of server-sent events. */
function encodeSse(event: SseEvent): string {
  return `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

/** The events of a response as wire text, one string an event. */
export async function* encodeAll(events: AsyncIterable<SseEvent>): AsyncIterable<string> {
  for await (const event of events) yield encodeSse(event);
}
