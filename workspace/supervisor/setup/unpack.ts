import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, rm, rmdir, symlink, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Extract, Header } from 'tar-stream';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { isErrno, openFolder, within } from '../../executors/held-folder.ts';
import { isOfSetup } from './folders.ts';
import type { Root, Roots } from './folders.ts';

/** One entry of an archive, with its content. */
type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** What was unpacked. */
export interface Unpacked {
  files: number;
  sizeBytes: number;
}

/**
 * Lays the files of a snapshot out below the roots. What is there already stays as it is. Nothing is written through a link, outside of
 * the roots, or into the checkout's repository. On failure all that was written is removed again; DomainError `setup-snapshot-broken`
 * when the content itself is to blame.
 */
export async function unpackSetup(options: { content: AsyncIterable<Uint8Array>; roots: Roots; maxBytes: number }): Promise<Unpacked> {
  const layout = new Layout(options.roots, options.maxBytes);
  try {
    await readEntries(options.content, (entry) => layout.add(entry));
    await layout.finish();
    return { files: layout.files, sizeBytes: layout.sizeBytes };
  } catch (error) {
    await layout.undo();
    throw error;
  } finally {
    await layout.close();
  }
}

function broken(why: string, cause?: unknown): DomainError {
  return new DomainError('permanent', 'setup-snapshot-broken', `the snapshot is broken: ${why}`, { cause });
}

/** Calls `onEntry` for one after the other. Failures of the source and of system calls stay what they are; any other is a broken archive. */
async function readEntries(content: AsyncIterable<Uint8Array>, onEntry: (entry: Entry) => Promise<void>): Promise<void> {
  let lost: { reason: unknown } | null = null;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      lost = { reason: error };
      throw error;
    }
  }
  const decompressed = createZstdDecompress();
  const archive = extract();
  const read = async (): Promise<void> => {
    for await (const entry of archive) await onEntry(entry);
  };
  const [piped, fed, done] = await Promise.allSettled([
    pipeline(Readable.from(source()), decompressed),
    feed(archive, decompressed),
    read(),
  ]);
  const isOurs = done.status === 'rejected' && (done.reason instanceof DomainError || isSystemError(done.reason));
  const failed = isOurs ? done : [piped, fed, done].find(({ status }) => status === 'rejected');
  if (failed?.status !== 'rejected') return;
  // What was lost on the way is a reason of its own.
  const { reason } = lost ?? failed;
  throw lost !== null || isOurs ? reason : broken(messageOf(reason), reason);
}

/** Writes all of `content` into an archive, or as much as it takes. Even one without a file has an end. */
async function feed(archive: Extract, content: Readable): Promise<void> {
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    archive.once('close', () => {
      isClosed = true;
      resolve();
    });
  });
  try {
    let isEmpty = true;
    for await (const chunk of content) {
      isEmpty = false;
      if (isClosed) break;
      if (!archive.write(chunk)) await Promise.race([new Promise<void>((resolve) => archive.once('drain', () => resolve())), closed]);
    }
    if (isEmpty) throw new Error('it is empty');
    archive.end(null);
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

/** Where an entry belongs. */
interface Target {
  root: Root;
  /** Of its folders, from the root. */
  parents: string[];
  name: string;
}

/** DomainError `setup-snapshot-broken` for a path that no setup of ours has. */
function targetOf({ name }: Header): Target {
  const [root, ...parts] = name.replace(/\/+$/, '').split('/');
  const isPlain = parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
  if ((root !== 'work' && root !== 'home') || !isPlain || !isOfSetup(root, parts.join('/')))
    throw broken(`it has a path that may not be written: ${JSON.stringify(name.slice(0, 200))}`);
  return { root, parents: parts.slice(0, -1), name: parts.at(-1) ?? '' };
}

class Layout {
  files = 0;
  sizeBytes = 0;
  private readonly roots: Roots;
  private readonly maxBytes: number;
  /** The folders that lead to the last entry, from its root on: the next one is nearly always beside it. */
  private readonly opened: { root: Root; name: string; handle: FileHandle }[] = [];
  private readonly written: (Target & { isFolder: boolean; mode: number; mtime: Date })[] = [];

  constructor(roots: Roots, maxBytes: number) {
    this.roots = roots;
    this.maxBytes = maxBytes;
  }

  async add(entry: Entry): Promise<void> {
    const { header } = entry;
    const target = targetOf(header);
    this.sizeBytes += header.size ?? 0;
    if (this.sizeBytes > this.maxBytes) throw broken(`it holds more than ${this.maxBytes} bytes`);
    await this.inFolder(target, async (folder) => {
      if (header.type === 'directory') await this.folder(folder, target, header);
      else if (header.type === 'symlink') await this.link(folder, target, header);
      else if (header.type === 'file') return this.file(folder, target, entry);
      else throw broken(`it has an entry of the kind ${String(header.type)}`);
      entry.resume();
    });
  }

  /** Gives folders their modes and times, the innermost first: what is in them is complete. */
  async finish(): Promise<void> {
    for (const folder of this.written.filter(({ isFolder }) => isFolder).toReversed())
      await this.inFolder(folder, async (parent) => {
        const path = within(parent, folder.name);
        const handle = await openFolder(path);
        await handle.chmod(folder.mode).finally(() => handle.close());
        await utimes(path, folder.mtime, folder.mtime);
      });
  }

  /** Removes what was written; what others put beside it stays. */
  async undo(): Promise<void> {
    for (const target of this.written.toReversed())
      await this.inFolder(target, (folder) => {
        const path = within(folder, target.name);
        return target.isFolder ? rmdir(path) : rm(path, { force: true });
      }).catch(() => undefined);
  }

  /** Lets go of the folders that are held open. */
  async close(): Promise<void> {
    await this.leave(0);
  }

  /** Calls `use` with the folder of a target held open, reached through folders alone. */
  private async inFolder(target: Target, use: (folder: FileHandle) => Promise<void>): Promise<void> {
    const { root, parents } = target;
    const names = ['', ...parents];
    const differs = names.findIndex((name, at) => this.opened[at]?.root !== root || this.opened[at].name !== name);
    await this.leave(differs === -1 ? names.length : differs);
    for (const [at, name] of names.entries()) {
      if (at < this.opened.length) continue;
      const above = this.opened.at(-1);
      const handle = above
        ? await this.enter(above.handle, { root, parents: parents.slice(0, at - 1), name })
        : await openFolder(this.roots[root]);
      this.opened.push({ root, name, handle });
    }
    const last = this.opened.at(-1);
    if (last) await use(last.handle);
  }

  /** Closes all but the first folders. */
  private async leave(count: number): Promise<void> {
    for (const { handle } of this.opened.splice(count).toReversed()) await handle.close();
  }

  /** A folder that a commit does not have (it held ignored files alone) is made. */
  private async enter(parent: FileHandle, target: Target): Promise<FileHandle> {
    const path = within(parent, target.name);
    try {
      return await openFolder(path);
    } catch (error) {
      if (isErrno(error, 'ELOOP', 'ENOTDIR')) throw broken(`${JSON.stringify(target.name)} is no folder here`);
      if (!isErrno(error, 'ENOENT')) throw error;
      await this.folder(parent, target, { name: target.name, mode: 0o755 });
      return openFolder(path);
    }
  }

  private async folder(parent: FileHandle, target: Target, { mode = 0o755, mtime = new Date() }: Partial<Header>): Promise<void> {
    const path = within(parent, target.name);
    try {
      await mkdir(path, 0o700);
      this.written.push({ ...target, isFolder: true, mode: mode & 0o777, mtime });
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      const found: Stats = await lstat(path);
      if (!found.isDirectory()) throw broken(`${JSON.stringify(target.name)} is no folder here`);
    }
  }

  private async link(parent: FileHandle, target: Target, { linkname, mode = 0o777, mtime = new Date() }: Partial<Header>): Promise<void> {
    if (!linkname) throw broken('it has a link to nowhere');
    const isNew = await symlink(linkname, within(parent, target.name)).then(() => true, falseIfThere);
    if (isNew) this.written.push({ ...target, isFolder: false, mode, mtime });
    this.files += 1;
  }

  private async file(parent: FileHandle, target: Target, entry: Entry): Promise<void> {
    const { mode = 0o644, mtime = new Date() } = entry.header;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = await open(within(parent, target.name), flags, 0o600).catch(falseIfThere);
    this.files += 1;
    if (!file) return void entry.resume();
    this.written.push({ ...target, isFolder: false, mode, mtime });
    try {
      for await (const chunk of entry as AsyncIterable<Uint8Array>) await file.writeFile(chunk);
      await file.chmod(mode & 0o777);
      await file.utimes(mtime, mtime);
    } finally {
      await file.close();
    }
  }
}

function falseIfThere(error: unknown): false {
  if (isErrno(error, 'EEXIST')) return false;
  throw error;
}
