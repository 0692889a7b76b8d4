import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** The two folders that a setup may write in and that outlive it. */
export type Root = 'work' | 'home';
export type Roots = Readonly<Record<Root, string>>;

/** Opens a folder; what is no folder, also a link to one, is ENOTDIR or ELOOP. */
export function openFolder(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** A name in a folder that is held open: whatever becomes of the path to it, this is there (openat(2), by way of proc(5)). */
export function within(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

/** True for the code of a failed system call. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** What belongs to agents and to people's messages, never to a setup. */
const foreignInHome = new Set(['.codex', '.astraforge', 'attachments']);
/** What installers keep for the next time that they install. */
const cachesInHome = ['.npm/_cacache', '.npm/_logs', '.cache/pip', '.cache/yarn'];

/** Whether a path (from its root) may be part of a snapshot at all. */
export function isOfSetup(root: Root, path: string): boolean {
  const [first = ''] = path.split('/', 1);
  return root === 'work' ? first !== '.git' : !foreignInHome.has(first);
}

/** Whether a path is worth being kept. */
export function isKept(root: Root, path: string): boolean {
  return isOfSetup(root, path) && !(root === 'home' && cachesInHome.includes(path));
}
