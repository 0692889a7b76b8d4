import { describe, expect, it } from '@jest/globals';
import type { TailBatch } from '../../../port.ts';
import { linesFrom } from './lines.ts';

const text = 'first\nsecönd\nthird\nunfinished';
const whole = Buffer.from(text);

async function* inPieces(size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += size) yield await Promise.resolve(whole.subarray(at, at + size));
}

const unwanted = new AbortController();

async function read(
  offset: number,
  size: number,
  { signal = unwanted.signal, longestBytes = 100 } = {},
): Promise<{ lines: string[]; end: number }> {
  const batches: TailBatch[] = [];
  for await (const batch of linesFrom(inPieces(size), offset, signal, longestBytes)) batches.push(batch);
  return { lines: batches.flatMap(({ lines }) => lines), end: batches.at(-1)?.endOffset ?? offset };
}

describe('the rest of an event file', () => {
  it.each([1, 2, 5, 13, 1000])('is its whole lines from an offset on, in pieces of %d bytes', async (size) => {
    const end = Buffer.byteLength('first\nsecönd\nthird\n');

    expect(await read(0, size)).toEqual({ lines: ['first', 'secönd', 'third'], end });
    expect(await read(6, size)).toEqual({ lines: ['secönd', 'third'], end });
    expect(await read(end, size)).toEqual({ lines: [], end });
  });

  it('that is shorter than what was read of it was tampered with', async () => {
    await expect(read(whole.length + 1, 7)).rejects.toMatchObject({ code: 'tampered' });
  });

  it('was tampered with where a line has no end', async () => {
    await expect(read(0, 1, { longestBytes: 5 })).rejects.toMatchObject({ code: 'tampered' });
  });

  it('is read no further than it is wanted', async () => {
    expect(await read(0, 7, { signal: AbortSignal.abort() })).toEqual({ lines: [], end: 0 });
    expect(await read(whole.length + 1, 7, { signal: AbortSignal.abort() })).toMatchObject({ lines: [] });
  });
});
