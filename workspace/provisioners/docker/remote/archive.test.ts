import type Docker from 'dockerode';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { extract, pack } from 'tar-stream';
import { fillVolume, isIncomplete, readInside } from './archive.ts';
import type { ArchiveWriter } from './archive.ts';

type Entry = [name: string, type: string, mode: number, owner: string, content: string];

const unwanted = new AbortController().signal;

/** A container that takes archives as a daemon does, or refuses them after some bytes. */
function takingContainer(refuseAfter = Number.POSITIVE_INFINITY) {
  const entries: Entry[] = [];
  const putArchive = async (tar: Readable): Promise<void> => {
    const archive = extract();
    const read = (async () => {
      for await (const entry of archive) {
        const { name, type = '', mode = 0, uid = -1, gid = -1 } = entry.header;
        let content = '';
        for await (const chunk of entry) content += String(chunk);
        entries.push([name, type ?? '', mode, `${uid}:${gid}`, content]);
      }
    })();
    read.catch(() => undefined);
    let bytes = 0;
    const feed = new Writable({
      write(chunk: Buffer, _, done) {
        bytes += chunk.length;
        if (bytes > refuseAfter) return done(new Error('(HTTP code 500) no space left on device'));
        if (archive.write(chunk)) done();
        else archive.once('drain', () => done());
      },
      final(done) {
        archive.end(null);
        done();
      },
    });
    await pipeline(tar, feed);
    await read;
  };
  return { entries, container: { putArchive } as unknown as Docker.Container };
}

const pieces = (...texts: string[]): AsyncIterable<Buffer> => Readable.from(texts.map((text) => Buffer.from(text)));

describe('the filling of a volume', () => {
  it('gives it and all that is in it to the user, for nobody else to read', async () => {
    const { container, entries } = takingContainer();

    await fillVolume(container, '/run/astraforge', 1000, async (archive) => {
      await archive.folder('inbox');
      await archive.file('job.json', '{}');
      await archive.file('empty', '');
      await archive.stream('objects/ab', 6, pieces('abc', 'def'));
    });

    expect(entries).toEqual([
      ['/', 'directory', 0o700, '1000:1000', ''],
      ['inbox', 'directory', 0o700, '1000:1000', ''],
      ['job.json', 'file', 0o600, '1000:1000', '{}'],
      ['empty', 'file', 0o600, '1000:1000', ''],
      ['objects/ab', 'file', 0o400, '1000:1000', 'abcdef'],
    ]);
  });

  it.each<[string, (archive: ArchiveWriter) => Promise<void>, RegExp]>([
    ['shrinks', (archive) => archive.stream('x', 4, pieces('abc')), /x changed while it was read/],
    ['grows', (archive) => archive.stream('x', 4, pieces('abc', 'def')), /x changed while it was read/],
    ['goes away', (archive) => archive.stream('x', 4, createReadStream('/nonexistent/x')), /x cannot be read .*ENOENT/],
  ])('is incomplete where a file %s meanwhile', async (_, write, words) => {
    const problem: unknown = await fillVolume(takingContainer().container, '/x', 1000, write).catch((error: unknown) => error);

    expect(problem).toMatchObject({ message: expect.stringMatching(words) });
    expect(isIncomplete(problem)).toBe(true);
  });

  it('fails with what its writer fails with', async () => {
    await expect(fillVolume(takingContainer().container, '/x', 1000, () => Promise.reject(new Error('EISDIR')))).rejects.toThrow('EISDIR');
  });

  it('fails with the word of a daemon that takes no more, however much is left', async () => {
    const { container } = takingContainer(100_000);
    const much = Array.from({ length: 100 }, () => 'x'.repeat(10_000));

    const filling = fillVolume(container, '/x', 1000, (archive) => archive.stream('x', 1_000_000, pieces(...much)));
    const problem: unknown = await filling.catch((error: unknown) => error);

    expect(problem).toMatchObject({ message: expect.stringContaining('no space left') });
    expect(isIncomplete(problem)).toBe(false);
  });
});

describe('a file of a container', () => {
  const holding = (type: 'file' | 'symlink'): Docker.Container => {
    const tar = pack();
    if (type === 'file') tar.entry({ name: 'events.jsonl' }, 'content');
    else tar.entry({ name: 'events.jsonl', type, linkname: '/etc/passwd' });
    tar.finalize();
    return { getArchive: () => Promise.resolve(Readable.from(tar)) } as unknown as Docker.Container;
  };
  const headers: unknown[] = [];
  const read = async (
    container: Docker.Container,
    { accept = (header: unknown): void => void headers.push(header), signal = unwanted } = {},
  ) => {
    const content = await readInside(container, '/run/astraforge/events.jsonl', { accept, signal });
    if (!content) return null;
    let text = '';
    for await (const chunk of content) text += chunk.toString();
    return text;
  };

  it('is read, after what it is was looked at', async () => {
    expect(await read(holding('file'))).toBe('content');
    expect(await read(holding('symlink'))).toBe('');
    expect(headers).toEqual([
      { isFile: true, sizeBytes: 7 },
      { isFile: false, sizeBytes: 0 },
    ]);
  });

  it('is not read where it is not accepted', async () => {
    const accept = (): void => {
      throw new Error('is no file');
    };

    await expect(read(holding('symlink'), { accept })).rejects.toThrow('is no file');
  });

  it('is read no longer than it is wanted', async () => {
    const silent = { getArchive: () => Promise.resolve(new PassThrough()) } as unknown as Docker.Container;

    await expect(read(silent, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it('is none where there is none', async () => {
    const getArchive = (): Promise<never> => Promise.reject(Object.assign(new Error('no such file'), { statusCode: 404 }));

    expect(await read({ getArchive } as unknown as Docker.Container)).toBeNull();
  });
});
