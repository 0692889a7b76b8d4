import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { projectDir } from '../git/names.ts';
import type { RepositoryKey } from '../git/port.ts';
import { chooseEvictions } from './evict.ts';
import type { StoredFile } from './evict.ts';

/** What a setup of a project with this key made. */
export type SnapshotName = RepositoryKey & { key: string };

/** Snapshots of setups: a cache, which may be emptied at any time. */
export interface SnapshotStore {
  /** Null when there is none. Reading one marks it as used. */
  read(name: SnapshotName): Promise<{ content: Readable; sizeBytes: number } | null>;
  /**
   * Stores whole content, and never over what is there already (`there`: all of `content` was read and thrown away). Removes those
   * unused for longest where there is too much. DomainErrors `setup-snapshot-too-large`, and what a broken stream throws: nothing is kept then.
   */
  keep(name: SnapshotName, content: Readable): Promise<'kept' | 'there'>;
  drop(name: SnapshotName): Promise<void>;
}

const suffix = '.tar.zst';
/** Longer than storing one takes. */
const strayAfterMs = 6 * 3_600_000;

/** Snapshots as files of a folder. `maxBytes`: of one, `maxTotalBytes`: of all. */
export function createSnapshotStore(options: { dir: string; maxBytes: number; maxTotalBytes: number }): SnapshotStore {
  const pathOf = (name: SnapshotName): string => join(projectDir(options.dir, name), `${name.key}${suffix}`);

  async function evict(): Promise<void> {
    const files = await listFiles(options.dir);
    const strays = files.filter(({ path, usedAtMs }) => path.endsWith('.tmp') && Date.now() - usedAtMs > strayAfterMs);
    const kept = files.filter(({ path }) => path.endsWith(suffix));
    const unwanted = [...strays.map(({ path }) => path), ...chooseEvictions(kept, options.maxTotalBytes)];
    await Promise.all(unwanted.map((path) => rm(path, { force: true })));
  }

  return {
    async read(name) {
      const path = pathOf(name);
      const file = await open(path, 'r').catch(nullIfMissing);
      if (!file) return null;
      const now = new Date();
      // One that is being removed is read to its end all the same.
      await utimes(path, now, now).catch(nullIfMissing);
      const { size } = await file.stat();
      return { content: file.createReadStream(), sizeBytes: size };
    },
    async keep(name, content) {
      const path = pathOf(name);
      if (await stat(path).catch(nullIfMissing)) {
        for await (const chunk of content) void chunk;
        return 'there';
      }
      await mkdir(projectDir(options.dir, name), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        await pipeline(content, capped(options.maxBytes), createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }));
        const isFirst = await link(temporary, path).then(
          () => true,
          (error: NodeJS.ErrnoException) => {
            if (error.code === 'EEXIST') return false;
            throw error;
          },
        );
        if (!isFirst) return 'there';
      } finally {
        await rm(temporary, { force: true });
      }
      await evict();
      return 'kept';
    },
    drop: (name) => rm(pathOf(name), { force: true }),
  };
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

async function listFiles(dir: string): Promise<StoredFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isFile())
    .map(async (entry): Promise<StoredFile[]> => {
      const path = join(entry.parentPath, entry.name);
      const file = await stat(path).catch(nullIfMissing);
      return file ? [{ path, sizeBytes: file.size, usedAtMs: file.mtimeMs }] : [];
    });
  return (await Promise.all(found)).flat();
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
