import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { projectDir } from '../git/names.ts';
import type { RepositoryKey } from '../git/port.ts';
import { chooseEvictions } from './evict.ts';
import type { StoredFile } from './evict.ts';

/** What a setup of a project with this key made. */
export type SnapshotName = RepositoryKey & { key: string };

/** Snapshots of setups: a cache, which may be emptied at any time. */
export interface SnapshotStore {
  /** Null when there is none, or one that is over 7 days old. Reading one marks it as used. */
  read(name: SnapshotName): Promise<{ content: Readable; sizeBytes: number } | null>;
  /**
   * Stores whole content, and never over what is there already (`there`: all of `content` was read and thrown away). Removes those
   * unused for longest where there is too much. DomainErrors `setup-snapshot-too-large`, and what a broken stream throws: nothing is kept
   * then.
   */
  keep(name: SnapshotName, content: Readable): Promise<'kept' | 'there'>;
  drop(name: SnapshotName): Promise<void>;
  /** Removes what is too old or too much, and what an earlier process left half stored. What fails is logged. */
  tidy(): Promise<void>;
}

const suffix = '.tar.zst';
/** From its creation on: what a lock file leaves open (base images, mirrors, files without a digest) is made anew in time. */
const maxAgeMs = 7 * 24 * 3_600_000;
/** After the last byte of one that is being stored; longer than any sender waits. */
const strayAfterMs = 3_600_000;

/**
 * Snapshots as files of a folder. `maxBytes`: of one, `maxTotalBytes`: of all. The time of modification is that of its creation, the time of
 * access that of its last use: both outlive this process. One that is too old is as good as none.
 */
export function createSnapshotStore(options: { dir: string; maxBytes: number; maxTotalBytes: number; logger: Logger }): SnapshotStore {
  const pathOf = (name: SnapshotName): string => join(projectDir(options.dir, name), `${name.key}${suffix}`);

  async function evict(): Promise<void> {
    const files = await listFiles(options.dir);
    const arriving = files.filter(({ path }) => path.endsWith('.tmp'));
    const strays = arriving.filter(({ createdAtMs }) => Date.now() - createdAtMs > strayAfterMs);
    const [old, kept] = parted(files.filter(({ path }) => path.endsWith(suffix)));
    const arrivingBytes = arriving.reduce((sum, file) => sum + (strays.includes(file) ? 0 : file.sizeBytes), 0);
    const unwanted = [...strays, ...old].map(({ path }) => path);
    unwanted.push(...chooseEvictions(kept, options.maxTotalBytes - arrivingBytes));
    await Promise.all(unwanted.map((path) => rm(path, { force: true })));
    const counts = { strays: strays.length, old: old.length, removed: unwanted.length };
    if (counts.removed > 0) options.logger.info('snapshots of setups were removed', counts);
  }

  async function tidy(): Promise<void> {
    await evict().catch((error: unknown) =>
      options.logger.warn('snapshots of setups were not tidied', { dir: options.dir, error: messageOf(error) }),
    );
  }

  return {
    tidy,
    async read(name) {
      const path = pathOf(name);
      const file = await open(path, 'r').catch(nullIfMissing);
      if (!file) return null;
      const { size, mtime } = await file.stat();
      if (isOld(mtime.getTime())) {
        await file.close();
        return null;
      }
      // One that is being removed is read to its end all the same.
      await utimes(path, new Date(), mtime).catch(nullIfMissing);
      return { content: file.createReadStream(), sizeBytes: size };
    },
    async keep(name, content) {
      const path = pathOf(name);
      const found = await stat(path).catch(nullIfMissing);
      if (found && !isOld(found.mtimeMs)) {
        for await (const chunk of content) void chunk;
        return 'there';
      }
      await mkdir(projectDir(options.dir, name), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        await pipeline(content, capped(options.maxBytes), createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }));
        // Now, as whole content takes its place.
        if (found) await rm(path, { force: true });
        const isFirst = await link(temporary, path).then(
          () => true,
          (error: NodeJS.ErrnoException) => {
            if (error.code === 'EEXIST') return false;
            throw error;
          },
        );
        return isFirst ? 'kept' : 'there';
      } finally {
        await rm(temporary, { force: true });
        await tidy();
      }
    },
    drop: (name) => rm(pathOf(name), { force: true }),
  };
}

function isOld(createdAtMs: number): boolean {
  return Date.now() - createdAtMs > maxAgeMs;
}

/** The old ones, and the others. */
function parted(files: readonly FoundFile[]): [FoundFile[], FoundFile[]] {
  return [files.filter(({ createdAtMs }) => isOld(createdAtMs)), files.filter(({ createdAtMs }) => !isOld(createdAtMs))];
}

function capped(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maxBytes) return done(null, chunk);
      done(
        new DomainError(
          'permanent',
          'setup-snapshot-too-large',
          `setup: its snapshot is over ${maxBytes} bytes; let the setup make less, or raise SETUP_SNAPSHOT_BYTES`,
          { details: { maxBytes } },
        ),
      );
    },
  });
}

type FoundFile = StoredFile & { createdAtMs: number };

async function listFiles(dir: string): Promise<FoundFile[]> {
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true }).catch(nullIfMissing)) ?? [];
  const found = entries
    .filter((entry) => entry.isFile())
    .map(async (entry): Promise<FoundFile[]> => {
      const path = join(entry.parentPath, entry.name);
      const file = await stat(path).catch(nullIfMissing);
      return file ? [{ path, sizeBytes: file.size, usedAtMs: file.atimeMs, createdAtMs: file.mtimeMs }] : [];
    });
  return (await Promise.all(found)).flat();
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
