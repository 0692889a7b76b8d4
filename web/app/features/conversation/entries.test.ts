import { describe, expect, it } from '@jest/globals';
import { entriesOf, type Message } from './entries.ts';
import { emptyTranscript, type TranscriptItem } from './transcript.ts';

function message(messageId: string, createdAtMs: number, kind: Message['kind'] = 'chat'): Message {
  return {
    messageId,
    createdAtMs,
    kind,
    body: '',
    attachments: [],
    disposition: 'accepted',
    author: null,
    runId: null,
  } as unknown as Message;
}

const told = (messageId: string, seq: number, atMs: number): TranscriptItem => ({ kind: 'message', key: `e${seq}`, seq, atMs, messageId });
const words = (seq: number, atMs: number): TranscriptItem => ({
  kind: 'agent',
  key: `w${seq}`,
  seq,
  atMs,
  runId: 'run1',
  text: 'x',
  isWriting: false,
  isShortened: false,
});

function keysOf(messages: Message[], items: TranscriptItem[]): string[] {
  return entriesOf(messages, { ...emptyTranscript, items }).map(({ key }) => key);
}

describe('entriesOf', () => {
  it('takes the order of the log, whatever the clocks say', () => {
    const messages = [message('m1', 100, 'prompt'), message('m2', 900)];

    expect(keysOf(messages, [told('m1', 1, 100), words(2, 950), told('m2', 3, 900), words(4, 960)])).toEqual(['m1', 'w2', 'm2', 'w4']);
  });

  it('puts a message that the log does not know yet by its time, and a prompt first', () => {
    const messages = [message('m1', 500, 'prompt'), message('m2', 920), message('m3', 2000)];

    expect(keysOf(messages, [words(1, 400), words(2, 950)])).toEqual(['m1', 'w1', 'm2', 'w2', 'm3']);
  });

  it('leaves out what the API does not show, and shows nothing twice', () => {
    expect(keysOf([message('m1', 1)], [told('gone', 1, 1), told('m1', 2, 1), told('m1', 3, 1)])).toEqual(['m1']);
  });
});
