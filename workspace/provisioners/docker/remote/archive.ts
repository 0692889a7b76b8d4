import type Docker from 'dockerode';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';
import { DomainError, messageOf } from '../../../../workflows/contracts/errors.ts';
import { statusOf } from '../failure.ts';

/** How long one archive may take on its way. */
const longestMs = 10 * 60_000;

/** Puts entries into an archive that is on its way to a container. All of them belong to one user. */
export interface ArchiveWriter {
  folder(name: string): Promise<void>;
  file(name: string, content: Buffer | string): Promise<void>;
  /** As many bytes as are said, in pieces. `isIncomplete` when there are others. */
  stream(name: string, sizeBytes: number, content: AsyncIterable<Buffer>): Promise<void>;
}

/** That what was to be put in went away, changed or took too long: the daemon did nothing wrong. */
export function isIncomplete(error: unknown): error is DomainError {
  return error instanceof DomainError && error.code === 'archive-incomplete';
}

function incomplete(text: string, cause?: unknown): DomainError {
  return new DomainError('transient', 'archive-incomplete', `workspace: ${text}; the next try begins again`, { cause });
}

/**
 * Fills a volume of a container that was not started yet, and gives it and all that is in it to `user`. Rejects with the daemon's error,
 * with what `write` throws, or with `isIncomplete`.
 */
export async function fillVolume(
  container: Docker.Container,
  target: string,
  user: number,
  write: (archive: ArchiveWriter) => Promise<void>,
): Promise<void> {
  const tar = pack();
  // Whoever waits for it is told by the other side, or by the writer.
  tar.on('error', () => undefined);
  const late = AbortSignal.timeout(longestMs);
  const sent = container.putArchive(Readable.from(tar), { path: target, abortSignal: late });
  // A daemon that refuses reads no further.
  sent.catch(() => tar.destroy());
  const writer = createWriter(tar, user);
  const written = (async () => {
    try {
      // The volume itself: `.` is left alone by the daemon.
      await writer.folder('/');
      await write(writer);
      tar.finalize();
    } catch (error) {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  })();
  await Promise.all([written, sent]).catch((error: unknown) => {
    throw late.aborted ? incomplete(`an archive took more than ${longestMs / 60_000} minutes`, error) : error;
  });
}

function createWriter(tar: Pack, user: number): ArchiveWriter {
  const owner = { uid: user, gid: user };
  const entry = (header: Partial<Header> & Pick<Header, 'name'>, content?: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      if (content) tar.entry({ ...header, ...owner }, content, done);
      else tar.entry({ ...header, ...owner }, done);
    });
  return {
    folder: (name) => entry({ name, type: 'directory', mode: 0o700 }),
    file: (name, content) => entry({ name, type: 'file', mode: 0o600 }, Buffer.from(content)),
    async stream(name, sizeBytes, content) {
      const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
      ended.catch(() => undefined);
      const header = { name, type: 'file' as const, mode: 0o400, size: sizeBytes, ...owner };
      const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
      sink.on('error', reject);
      let bytes = 0;
      for await (const chunk of whileReadable(name, content)) {
        bytes += chunk.length;
        if (bytes > sizeBytes) break;
        if (!sink.write(chunk)) await Promise.race([new Promise<void>((drained) => sink.once('drain', () => drained())), ended]);
      }
      if (bytes !== sizeBytes) throw incomplete(`${name} changed while it was read`);
      sink.end(null);
      await ended;
    },
  };
}

async function* whileReadable(name: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw incomplete(`${name} cannot be read (${messageOf(error)})`, error);
  }
}

/** How a file of a container is read: its programs may have put anything in its place. */
export interface InsideReading {
  /** Throws for what is not to be read. */
  accept(header: { isFile: boolean; sizeBytes: number }): void;
  /** Ends the reading with an error. */
  signal?: AbortSignal;
}

/**
 * The content of a file of a container, also of one that ended; null when there is nothing by that name. Rejects with the daemon's error, or
 * with what `accept` throws.
 */
export async function readInside(container: Docker.Container, path: string, reading: InsideReading): Promise<AsyncIterable<Buffer> | null> {
  const late = AbortSignal.timeout(longestMs);
  const abortSignal = reading.signal ? AbortSignal.any([reading.signal, late]) : late;
  let tar: NodeJS.ReadableStream;
  try {
    tar = await container.getArchive({ path, abortSignal });
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
  return contentOf(tar, reading.accept, abortSignal);
}

async function* contentOf(tar: NodeJS.ReadableStream, accept: InsideReading['accept'], signal: AbortSignal): AsyncGenerator<Buffer> {
  const archive = extract();
  const abandon = (): void => archive.destroy(Object.assign(new Error('the reading was given up'), { code: 'ABORT_ERR' }));
  signal.addEventListener('abort', abandon);
  tar.on('error', (error: Error) => archive.destroy(error));
  tar.pipe(archive);
  try {
    for await (const entry of archive) {
      accept({ isFile: entry.header.type === 'file', sizeBytes: entry.header.size ?? 0 });
      for await (const chunk of entry) yield chunk as Buffer;
    }
  } finally {
    signal.removeEventListener('abort', abandon);
    if ('destroy' in tar && typeof tar.destroy === 'function') tar.destroy();
  }
}
