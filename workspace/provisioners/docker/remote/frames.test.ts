import { describe, expect, it } from '@jest/globals';
import { createFrames } from './frames.ts';

function frame(stream: number, text: string): Buffer {
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** What is told of these pieces, joined by stream, and what each was answered with. */
function take(pieces: Buffer[]): { stdout: string; stderr: string; answers: boolean[] } {
  const told = { stdout: '', stderr: '' };
  const frames = createFrames((kind, data) => {
    told[kind] += data.toString('latin1');
  });
  const answers = pieces.map(frames);
  return { ...told, answers };
}

const whole = Buffer.concat([frame(1, 'one '), frame(2, 'problem'), frame(1, ''), frame(1, 'two')]);

describe('the connection of an exec', () => {
  it('is taken apart into what its program says on each stream', () => {
    expect(take([whole])).toEqual({ stdout: 'one two', stderr: 'problem', answers: [true] });
  });

  it('may come in pieces of any size', () => {
    for (let size = 1; size < whole.length; size += 1) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));

      expect(take(pieces)).toMatchObject({ stdout: 'one two', stderr: 'problem' });
    }
  });

  it('tells what came of a frame before the rest of it', () => {
    expect(take([frame(1, 'long').subarray(0, 10)]).stdout).toBe('lo');
  });

  it('that has another format is given up', () => {
    expect(take([Buffer.from('HTTP/1.1 500')])).toEqual({ stdout: '', stderr: '', answers: [false] });
  });
});
