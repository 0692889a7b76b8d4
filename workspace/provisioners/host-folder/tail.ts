import { constants, type FSWatcher, watch } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { errorCodeOf } from '../../../config/error-code.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { TailBatch } from '../../port.ts';

const chunkBytes = 1024 * 1024;
/** inotify wakes at once; this catches what it missed. */
const pollMs = 200;
/** What a supervisor may write above the cap to end its turn. */
export const reserveBytes = 2 * 1024 * 1024;
/** No event is longer. */
export const longestLineBytes = 64 * chunkBytes;
const newline = 10;

interface TailOptions {
  path: string;
  offset: number;
  maxBytes: number;
  /** True once nobody writes any more; read after that, everything is there. */
  isOver: () => Promise<boolean>;
  signal: AbortSignal;
}

/**
 * Whole lines of a growing file from an offset on. Ends when it was aborted, or when its writer is gone and all was read.
 * DomainErrors: `tampered` (shorter than what was read, replaced, or not a file), `agent-output-limit`.
 */
export async function* tailLines(options: TailOptions): AsyncIterable<TailBatch> {
  const { path, signal } = options;
  const file = await openFile(path, options);
  if (!file) return;
  const wake = createWake(path, signal);
  try {
    const first = await file.stat();
    if (!first.isFile()) throw tampered('is no file');
    let offset = options.offset;
    for (;;) {
      const over = await options.isOver();
      await assertUntouched(file, path, offset, first.ino);
      for (;;) {
        if (signal.aborted) return;
        const batch = await readBatch(file, offset);
        if (!batch) break;
        offset = batch.endOffset;
        yield batch;
        if (offset > options.maxBytes + reserveBytes) throw tooMuch(options.maxBytes);
      }
      if (over || signal.aborted) return;
      await wake.next();
    }
  } finally {
    wake.close();
    await file.close();
  }
}

/** Waits for the file to appear; null when it never will. */
async function openFile(path: string, { isOver, signal }: TailOptions): Promise<FileHandle | null> {
  for (;;) {
    if (signal.aborted) return null;
    const over = await isOver();
    try {
      // Of a pipe the opening itself would wait for a writer, and hold one of the few threads that files have.
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ELOOP') throw tampered('is a link');
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    }
    if (over) return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function readBatch(file: FileHandle, offset: number): Promise<TailBatch | null> {
  let size = chunkBytes;
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(newline);
    if (end !== -1) return { lines: buffer.toString('utf8', 0, end).split('\n'), endOffset: offset + end + 1 };
    if (bytesRead < size) return null;
    // One line is longer than the buffer.
    size *= 2;
    if (size > longestLineBytes) throw tampered('holds a line without an end');
  }
}

async function assertUntouched(file: FileHandle, path: string, offset: number, inode: number): Promise<void> {
  if ((await file.stat()).size < offset) throw tampered('is shorter than what was read of it');
  const now = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (now && now.ino !== inode) throw tampered('was replaced');
}

/** That a workspace wrote more events than it may. */
export function tooMuch(maxBytes: number): DomainError {
  return new DomainError('permanent', 'agent-output-limit', `watch: the workspace wrote more than ${maxBytes} bytes of events`);
}

/** That an event file is not what a supervisor of ours writes. */
export function tampered(how: string): DomainError {
  return new DomainError('permanent', 'tampered', `watch: the event file of the workspace ${how}; its run ends`);
}

/** Null where the kernel has no more watches to give: then looking now and then has to do. */
function watchUnlessFull(path: string, notify: () => void): FSWatcher | null {
  try {
    return watch(path, notify);
  } catch (error) {
    if (['ENOSPC', 'EMFILE', 'ENOENT'].includes(errorCodeOf(error) ?? '')) return null;
    throw error;
  }
}

/** Resolves `next` when the file changed, after a while, or when aborted; a change between two calls is not missed. */
function createWake(path: string, signal: AbortSignal): { next(): Promise<void>; close(): void } {
  let changed = false;
  let release: (() => void) | null = null;
  const notify = (): void => {
    changed = true;
    release?.();
  };
  const watcher = watchUnlessFull(path, notify);
  watcher?.on('error', notify);
  signal.addEventListener('abort', notify);
  return {
    async next() {
      if (!changed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pollMs);
          release = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      changed = false;
      release = null;
    },
    close() {
      watcher?.close();
      signal.removeEventListener('abort', notify);
    },
  };
}
