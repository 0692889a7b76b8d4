import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { TailBatch } from '../../port.ts';
import { TailFrame } from '../../supervisor/pod/answer.ts';
import { inside } from '../host-folder/inside.ts';
import { ownPaths } from './layout.ts';
import { linesOf } from './lines.ts';
import { createPatience, retryMs, stateOrAway } from './patience.ts';
import { isStreamFailure, streamFailure } from './port.ts';
import type { ExecPlace } from './port.ts';

/** A stream that held for so long was one of a place that answers, however silent its agent. */
const heldMs = 60_000;

/** Reads through one stream after the other, each from where the last one broke. */
export async function* tailPlace(place: ExecPlace, outputBytes: number, from: number, signal: AbortSignal): AsyncGenerator<TailBatch> {
  const [away, silent] = [createPatience(), createPatience(place.silence?.patienceMs)];
  let offset = from;
  while (!signal.aborted) {
    let failure = streamFailure(`watch: the stream out of ${place.name} broke`);
    const beganMs = Date.now();
    try {
      for await (const batch of tailOnce(place, outputBytes, offset, signal)) {
        silent.reset();
        offset = batch.endOffset;
        yield batch;
      }
    } catch (error) {
      if (!isStreamFailure(error)) throw error;
      failure = error;
    }
    if (signal.aborted) return;
    if (Date.now() - beganMs > heldMs) silent.reset();
    const now = await stateOrAway(() => place.state());
    if (now instanceof DomainError) {
      await away.wait(now);
      continue;
    }
    away.reset();
    // It may have ended, and that not be known yet: that word is waited for, rather than asked for again and again.
    if (now.status !== 'running' || (await place.awaitEnd(retryMs, signal))) {
      if (place.rest && now.status !== 'gone') yield* place.rest(offset, outputBytes, signal);
      return;
    }
    await silent.wait(failure).catch(async () => Promise.reject((await place.silence?.meaning(failure)) ?? failure));
  }
}

async function* tailOnce(place: ExecPlace, outputBytes: number, offset: number, signal: AbortSignal): AsyncGenerator<TailBatch> {
  const stream = await place.open([inside.node, ownPaths.supervisor, '--tail', inside.privateDir, String(offset), String(outputBytes)]);
  signal.addEventListener('abort', stream.close);
  const stopLooking = place.closeWhenOver?.(stream);
  try {
    if (signal.aborted) return;
    for await (const line of linesOf(stream.duplex)) {
      if (signal.aborted) return;
      const frame = parseFrame(line);
      // No supervisor of ours says that: as if the connection had broken.
      if (!frame) return;
      if ('code' in frame) throw new DomainError('permanent', frame.code, frame.message);
      yield frame;
    }
  } finally {
    stopLooking?.();
    signal.removeEventListener('abort', stream.close);
    stream.close();
  }
}

function parseFrame(line: string): TailFrame | null {
  try {
    return TailFrame.parse(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
