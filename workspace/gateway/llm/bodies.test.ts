import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createBodies, type Bodies, type BodyLimits, type HeldBody } from './bodies.ts';

const limits: BodyLimits = { bodyBytes: 100, allBytes: 250, uploadMs: 60_000 };

/** A body of so many bytes that announces them, or not. */
function upload(sizeBytes: number, { isAnnounced = true } = {}): IncomingMessage {
  const headers = isAnnounced ? { 'content-length': String(sizeBytes) } : {};
  const request = Object.assign(new PassThrough(), { headers });
  request.end(Buffer.alloc(sizeBytes, 'x'));
  return request as unknown as IncomingMessage;
}

/** Reads bodies, and says which of them are there. */
function watch(bodies: Bodies) {
  const there = new Map<string, HeldBody>();
  return {
    there,
    /** Named by workspace and number, as `a1`. */
    async read(name: string, sizeBytes: number, options?: { isAnnounced: boolean }): Promise<void> {
      there.set(name, await bodies.read(upload(sizeBytes, options), name.charAt(0)));
    },
    async names(): Promise<string[]> {
      for (let turns = 0; turns < 10; turns += 1) await turn();
      return [...there.keys()];
    },
  };
}

describe('bodies', () => {
  it('of a workspace wait for its own, whatever the others do', async () => {
    const { there, read, names } = watch(createBodies(limits));
    const reading = [read('a1', 60), read('a2', 60), read('a3', 10), read('b1', 100)];

    const before = await names();
    there.get('a1')?.letGo();
    there.get('a1')?.letGo();
    await Promise.all(reading);

    expect(before).toEqual(['a1', 'b1']);
    expect([...there.keys()]).toEqual(['a1', 'b1', 'a2', 'a3']);
    expect([...there.values()].map(({ bytes }) => bytes.length)).toEqual([0, 100, 60, 10]);
  });

  it('wait for room of all in the order in which they came, so that a large one has its turn', async () => {
    const { there, read, names } = watch(createBodies(limits));
    const reading = [read('a1', 100), read('b1', 100), read('c1', 60), read('d1', 10)];

    const before = await names();
    there.get('b1')?.letGo();
    await Promise.all(reading);

    expect(before).toEqual(['a1', 'b1']);
    expect([...there.keys()]).toEqual(['a1', 'b1', 'c1', 'd1']);
  });

  it('take what they are once they are there, also where they announced nothing', async () => {
    const { read, names } = watch(createBodies(limits));

    await Promise.all([read('a1', 10, { isAnnounced: false }), read('a2', 90)]);

    expect(await names()).toEqual(['a1', 'a2']);
  });

  it.each([{ isAnnounced: true }, { isAnnounced: false }])(
    'over the limit by themselves are refused and keep no room: %j',
    async (options) => {
      const { read } = watch(createBodies(limits));

      await expect(read('a1', 101, options)).rejects.toMatchObject({ code: 'body-too-large' });

      await read('a2', 100);
    },
  );

  it('of those who hang up while they wait keep nobody waiting', async () => {
    const bodies = createBodies(limits);
    const held = [await bodies.read(upload(100), 'a'), await bodies.read(upload(100), 'b')];
    const gone = upload(100);
    const waits = expect(bodies.read(gone, 'c')).rejects.toMatchObject({ code: 'upload-aborted' });
    const behind = bodies.read(upload(50), 'd');

    gone.destroy();

    await waits;
    expect((await behind).bytes).toHaveLength(50);
    expect(held.map(({ bytes }) => bytes.length)).toEqual([100, 100]);
    await expect(bodies.read(gone, 'c')).rejects.toMatchObject({ code: 'upload-aborted' });
  });

  it('that take too long to arrive are cut, so that others have their turn', async () => {
    const bodies = createBodies({ ...limits, uploadMs: 20 });
    const slow = Object.assign(new PassThrough(), { headers: { 'content-length': '100' } });
    slow.write('x');

    const cut = expect(bodies.read(slow as unknown as IncomingMessage, 'a')).rejects.toMatchObject({ code: 'upload-aborted' });
    const next = await bodies.read(upload(100), 'a');

    await cut;
    expect(slow.destroyed).toBe(true);
    expect(next.bytes).toHaveLength(100);
  });
});
