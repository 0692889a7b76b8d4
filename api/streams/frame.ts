import type { LogEvent } from '../../workflows/contracts/events.ts';

/** One event as it goes over the wire, without its `id:` line. Serialised once, however many read it. */
export interface Frame {
  seq: number;
  runId: string | null;
  event: LogEvent;
  text: string;
}

/** Some frames in order, with their bytes for readers whose ids are plain seqs: shared by all of them. */
export class Batch {
  readonly frames: readonly Frame[];
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Size of the frames in UTF-16 units: what keeping it costs. */
  readonly chars: number;
  readonly #byRun = new Map<string | null, Buffer>();

  constructor(frames: readonly Frame[]) {
    this.frames = frames;
    this.firstSeq = frames[0]?.seq ?? 0;
    this.lastSeq = frames.at(-1)?.seq ?? 0;
    this.chars = frames.reduce((sum, frame) => sum + frame.text.length, 0);
  }

  /** The bytes with `id: <seq>`, of all frames or of one run's. Made once for each run that somebody reads. */
  bytes(runId: string | null): Buffer {
    const made = this.#byRun.get(runId);
    if (made) return made;
    const bytes = encode(this.frames, runId);
    this.#byRun.set(runId, bytes);
    return bytes;
  }

  /** The part after a seq. */
  after(seq: number): Batch {
    return seq < this.firstSeq ? this : new Batch(this.frames.filter((frame) => frame.seq > seq));
  }
}

/** JSON holds no line breaks outside strings and escapes those inside, so one `data:` line is always enough. */
export function frameOf(event: LogEvent): Frame {
  return { seq: event.seq, runId: event.runId, event, text: `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` };
}

function encode(frames: readonly Frame[], runId: string | null): Buffer {
  let text = '';
  for (const frame of frames) if (runId === null || frame.runId === runId) text += `id: ${frame.seq}\n${frame.text}`;
  return Buffer.from(text, 'utf8');
}
