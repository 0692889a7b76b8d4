import type { Schemas } from '~/lib/api.ts';
import type { Transcript, TranscriptItem } from './transcript.ts';

export type Message = Schemas['Message'];

/** A line of the conversation: a person's message, or what the log tells. */
export type Entry = { kind: 'said'; key: string; message: Message } | Exclude<TranscriptItem, { kind: 'message' }>;

/**
 * The conversation in its order: the log says where each message came in; one that the log does not know yet stands by its
 * time. A message that the API does not show (refused, of another kind) is left out.
 */
export function entriesOf(messages: readonly Message[], transcript: Transcript): Entry[] {
  const byId = new Map(messages.map((message) => [message.messageId, message]));
  const entries: Entry[] = [];
  const atMs: number[] = [];
  for (const item of transcript.items) {
    if (item.kind !== 'message') {
      entries.push(item);
      atMs.push(item.atMs);
      continue;
    }
    const message = byId.get(item.messageId);
    if (!message || !byId.delete(item.messageId)) continue;
    entries.push(said(message));
    atMs.push(item.atMs);
  }
  for (const message of byId.values()) {
    const found = message.kind === 'prompt' ? 0 : atMs.findIndex((time) => time > message.createdAtMs);
    const at = found === -1 ? entries.length : found;
    entries.splice(at, 0, said(message));
    atMs.splice(at, 0, message.createdAtMs);
  }
  return entries;
}

function said(message: Message): Entry {
  return { kind: 'said', key: message.messageId, message };
}
