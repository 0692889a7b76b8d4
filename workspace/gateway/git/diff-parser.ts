import { isUtf8 } from 'node:buffer';
import type { DiffStat } from '../../../workflows/contracts/request.ts';
import type { DiffFile } from './port.ts';

/** One entry of `git diff-tree --raw -z`. */
export interface RawEntry {
  oldMode: string;
  newMode: string;
  oldId: string;
  newId: string;
  status: DiffFile['status'];
  path: string;
  oldPath: string | null;
}

/** One entry of `git diff-tree --numstat -z`; null counts for a binary file. */
export interface NumstatEntry {
  path: string;
  insertions: number | null;
  deletions: number | null;
}

const statuses: Readonly<Record<string, DiffFile['status']>> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

/**
 * Parses `git diff-tree -r -z --raw --numstat`: all raw entries, then all numstat ones. Paths hold anything but NUL.
 * Throws an Error on a shape that git does not write.
 */
export function parseDiffTree(output: string): { raw: RawEntry[]; numstat: NumstatEntry[] } {
  const fields = output.split('\0');
  if (fields.at(-1) === '') fields.pop();
  const raw: RawEntry[] = [];
  let position = 0;

  function next(): string {
    const field = fields[position];
    if (field === undefined) throw new Error('git diff-tree: the output ends in the middle of an entry');
    position += 1;
    return field;
  }

  while (fields[position]?.startsWith(':')) {
    const [oldMode, newMode, oldId, newId, letter] = next().slice(1).split(' ');
    const status = statuses[letter?.charAt(0) ?? ''];
    if (!oldMode || !newMode || !oldId || !newId || !status) throw new Error(`git diff-tree: unknown raw entry at field ${position - 1}`);
    const first = next();
    const moved = status === 'renamed' || status === 'copied';
    raw.push({ oldMode, newMode, oldId, newId, status, path: moved ? next() : first, oldPath: moved ? first : null });
  }
  return { raw, numstat: parseNumstat(fields.slice(position)) };
}

/** Parses the fields of `--numstat -z`: `ins TAB del TAB path`, or for a rename `ins TAB del TAB`, old and new path. */
function parseNumstat(fields: readonly string[]): NumstatEntry[] {
  const entries: NumstatEntry[] = [];
  for (let index = 0; index < fields.length; index += 1) {
    const match = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(fields[index] ?? '');
    if (!match) throw new Error(`git diff-tree: unknown numstat entry at field ${index}`);
    const [, insertions = '-', deletions = '-', inline = ''] = match;
    const path = inline === '' ? fields[index + 2] : inline;
    if (path === undefined) throw new Error('git diff-tree: the output ends in the middle of a rename');
    if (inline === '') index += 2;
    entries.push({ path, insertions: count(insertions), deletions: count(deletions) });
  }
  return entries;
}

function count(text: string): number | null {
  return text === '-' ? null : Number(text);
}

/** Sums what changed. */
export function statOf(entries: readonly { insertions: number | null; deletions: number | null }[]): DiffStat {
  let insertions = 0;
  let deletions = 0;
  for (const entry of entries) {
    insertions += entry.insertions ?? 0;
    deletions += entry.deletions ?? 0;
  }
  return { files: entries.length, insertions, deletions };
}

/** What a changed entry is. `lfsIds` are the blobs that are LFS pointer files. */
export function kindOf(entry: RawEntry, binary: boolean, lfsIds: ReadonlySet<string>): DiffFile['kind'] {
  const modes = [entry.newMode, entry.oldMode];
  if (modes.includes('160000')) return 'submodule';
  const mode = entry.newMode === '000000' ? entry.oldMode : entry.newMode;
  if (mode === '120000') return 'symlink';
  if (lfsIds.has(entry.status === 'deleted' ? entry.oldId : entry.newId)) return 'lfs-pointer';
  return binary ? 'binary' : 'text';
}

/** Whether a blob is a Git LFS pointer (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
export function isLfsPointer(bytes: Uint8Array): boolean {
  if (bytes.length >= lfsPointerCapBytes) return false;
  const text = Buffer.from(bytes).toString('latin1');
  return (
    /^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v\d+\n/.test(text) && /^oid sha256:[0-9a-f]{64}$/m.test(text)
  );
}

/** Pointer files are smaller than this by their specification. */
export const lfsPointerCapBytes = 1024;

/** One file's part of a patch. */
export interface PatchSection {
  bytes: Buffer;
  /** False when it would not survive as text: some byte is not UTF-8. */
  isText: boolean;
}

/** Cuts a patch at its `diff --git` lines: no line of a hunk or of a binary block can begin like that. */
export function splitPatch(patch: Buffer): PatchSection[] {
  const marker = Buffer.from('diff --git ');
  const starts: number[] = [];
  for (let at = patch.indexOf(marker); at !== -1; at = patch.indexOf(marker, at + 1)) {
    if (at === 0 || patch[at - 1] === 0x0a) starts.push(at);
  }
  return starts.map((start, index) => {
    const bytes = patch.subarray(start, starts[index + 1] ?? patch.length);
    return { bytes, isText: isUtf8(bytes) };
  });
}
