import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants as zlibConstants, createZstdCompress } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { openFolder, within } from '../../executors/held-folder.ts';
import { isKept } from './folders.ts';
import type { Root, Roots } from './folders.ts';

type Named = Partial<Header> & Pick<Header, 'name'>;

/** What was packed. */
export interface Packed {
  files: number;
  /** Of the files, uncompressed. */
  sizeBytes: number;
}

/**
 * Packs paths of the checkout and all of HOME: `content` is a compressed tar stream, and ends early when `done` rejects (DomainError
 * `setup-snapshot-too-large`, `setup-not-kept` for a file that changed meanwhile, or what a file threw). Folders are walked by handles:
 * nothing is read through a link.
 */
export function packSetup(options: { roots: Roots; paths: readonly string[]; maxBytes: number }): {
  content: Readable;
  done: Promise<Packed>;
} {
  const tar = pack();
  // Who waits for it is told by `done`.
  tar.on('error', () => undefined);
  const compress = createZstdCompress({ params: { [zlibConstants.ZSTD_c_compressionLevel]: 1 } });
  const packed: Packed = { files: 0, sizeBytes: 0 };
  const walk = async (): Promise<Packed> => {
    try {
      const packer = new Packer(tar, packed, options.maxBytes);
      for (const path of options.paths) await packer.path('work', options.roots.work, path);
      const home = await openFolder(options.roots.home);
      try {
        await packer.folder('home', home, '');
      } finally {
        await home.close();
      }
      tar.finalize();
      return packed;
    } catch (error) {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };
  const piped = pipeline(Readable.from(tar), compress);
  // Also where nobody has begun to read: the walk must not wait for ever.
  piped.catch(() => tar.destroy());
  // The reason is that of the walk, where it has one.
  const done = Promise.allSettled([walk(), piped]).then(([walked, ended]) => {
    if (walked.status === 'rejected') throw walked.reason;
    if (ended.status === 'rejected') throw ended.reason;
    return walked.value;
  });
  done.catch(() => undefined);
  return { content: compress, done };
}

class Packer {
  private readonly tar: Pack;
  private readonly packed: Packed;
  private readonly maxBytes: number;

  constructor(tar: Pack, packed: Packed, maxBytes: number) {
    this.tar = tar;
    this.packed = packed;
    this.maxBytes = maxBytes;
  }

  /** A file or folder by its path from the root, with all that is in it. */
  async path(root: Root, rootPath: string, path: string): Promise<void> {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    const handles = [await openFolder(rootPath)];
    try {
      for (const part of parts) handles.push(await openFolder(within(last(handles), part)));
      await this.entry(root, last(handles), name, path);
    } finally {
      for (const handle of handles) await handle.close();
    }
  }

  /** All that is in a folder; `at` is its path from the root, empty for the root. */
  async folder(root: Root, folder: FileHandle, at: string): Promise<void> {
    const names = await readdir(within(folder, '.'));
    for (const name of names.sort()) await this.entry(root, folder, name, at === '' ? name : `${at}/${name}`);
  }

  private async entry(root: Root, folder: FileHandle, name: string, path: string): Promise<void> {
    if (!isKept(root, path)) return;
    const found = await lstat(within(folder, name));
    const header = { name: `${root}/${path}`, mode: found.mode & 0o777, mtime: found.mtime };
    if (found.isSymbolicLink()) return this.mark({ ...header, type: 'symlink', linkname: await readlink(within(folder, name)) });
    if (found.isDirectory()) {
      await this.mark({ ...header, type: 'directory' });
      const inner = await openFolder(within(folder, name));
      try {
        return await this.folder(root, inner, path);
      } finally {
        await inner.close();
      }
    }
    // Sockets and pipes mean nothing without their process.
    if (found.isFile()) await this.file(header, within(folder, name));
  }

  private async file(header: Named, path: string): Promise<void> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      this.count(size);
      await this.content(header, file, size);
    } finally {
      await file.close();
    }
  }

  private count(size: number): void {
    this.packed.files += 1;
    this.packed.sizeBytes += size;
    if (this.packed.sizeBytes <= this.maxBytes) return;
    throw new DomainError('permanent', 'setup-snapshot-too-large', `it made more than ${this.maxBytes} bytes (SETUP_SNAPSHOT_BYTES)`);
  }

  /** An entry without content. */
  private mark(header: Named): Promise<void> {
    return new Promise((resolve, reject) => {
      this.tar.entry(header, (error) => (error ? reject(error) : resolve()));
    });
  }

  private async content(header: Named, file: FileHandle, size: number): Promise<void> {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    // Whoever reads the archive may hang up at any time.
    ended.catch(() => undefined);
    const entry = this.tar.entry({ ...header, type: 'file', size }, (error) => (error ? reject(error) : resolve()));
    entry.on('error', reject);
    // As much as its header says, however it grows meanwhile.
    const content = size === 0 ? [] : file.createReadStream({ autoClose: false, start: 0, end: size - 1 });
    let readBytes = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      readBytes += chunk.length;
      if (!entry.write(chunk)) await Promise.race([new Promise<void>((drained) => entry.once('drain', () => drained())), ended]);
    }
    if (readBytes < size) throw new DomainError('permanent', 'setup-not-kept', `${header.name} changed while it was packed`);
    entry.end(null);
    await ended;
  }
}

function last(handles: readonly FileHandle[]): FileHandle {
  const handle = handles.at(-1);
  if (!handle) throw new Error('no folder is open');
  return handle;
}
