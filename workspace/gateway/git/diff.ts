import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { DiffStat } from '../../../workflows/contracts/request.ts';
import { isLfsPointer, kindOf, lfsPointerCapBytes, parseDiffTree, splitPatch, statOf } from './diff-parser.ts';
import type { NumstatEntry, PatchSection, RawEntry } from './diff-parser.ts';
import { readBlob, treeEntry } from './objects.ts';
import type { Diff, DiffFile } from './port.ts';
import type { Git } from './run-git.ts';

const diffTimeoutMs = 120_000;
const patchCapBytes = 64 * 1024 * 1024;
const fileCapBytes = 64 * 1024 * 1024;
const listCapBytes = 128 * 1024 * 1024;

/** What a diff never does: run a program or read an attribute of the repository. */
const plainDiff = ['-r', '-M', '-C', '--no-ext-diff', '--no-textconv', '--no-color', '--no-relative', '--ignore-submodules=none'];

/** Changed files between two commits, with their kinds. */
export async function readDiff(git: Git, { gitDir, baseCommit, commit }: PatchRange): Promise<Diff> {
  const { raw, numstat } = await readEntries(git, gitDir, baseCommit, commit);
  const lfsIds = await findLfsPointers(git, gitDir, raw);
  return { baseCommit, commit, stat: statOf(numstat), files: toFiles(raw, numstat, lfsIds) };
}

/** The sums of a diff alone, for a base that is an ancestor. */
export async function readStat(git: Git, gitDir: string, base: string, commit: string): Promise<DiffStat> {
  const { numstat } = await readEntries(git, gitDir, base, commit);
  return statOf(numstat);
}

/**
 * The diff as a patch that `git apply` takes. A file whose text is not UTF-8 comes as a binary block, so that the patch is a
 * string without loss. `path` limits it to one file (its former path, when it was renamed, goes along).
 */
export async function readPatch(git: Git, range: PatchRange, path?: string): Promise<string> {
  const { gitDir, baseCommit, commit } = range;
  const { raw } = await readEntries(git, gitDir, baseCommit, commit);
  const wanted = path === undefined ? raw : raw.filter((entry) => entry.path === path);
  if (wanted.length === 0) return '';
  const paths = path === undefined ? [] : pathsOf(wanted);
  const patch = await runPatch(git, { ...range, paths });
  const sections = splitPatch(patch);
  if (sections.every((section) => section.isText)) return patch.toString('utf8');
  return mendPatch(git, range, wanted, sections);
}

/** Replaces the sections that are not UTF-8 by binary ones. A change of type has two sections, a deletion and an addition. */
async function mendPatch(git: Git, range: PatchRange, entries: readonly RawEntry[], sections: readonly PatchSection[]): Promise<string> {
  const parts: string[] = [];
  let position = 0;
  for (const entry of entries) {
    const own = sections.slice(position, (position += entry.status === 'type-changed' ? 2 : 1));
    const whole = own.every((section) => section.isText);
    const bytes = whole
      ? Buffer.concat(own.map((section) => section.bytes))
      : await runPatch(git, { ...range, paths: pathsOf([entry]), asBinary: true });
    // A path that is not UTF-8 itself cannot be asked for alone.
    if (bytes.length === 0) return (await runPatch(git, { ...range, paths: [], asBinary: true })).toString('utf8');
    parts.push(bytes.toString('utf8'));
  }
  return parts.join('');
}

/** Bytes of a file or a symlink's target; null when the commit has no such file. DomainError `file-too-large`. */
export async function readFileAt(
  git: Git,
  gitDir: string,
  { commit, path, maxBytes = fileCapBytes }: { commit: string; path: string; maxBytes?: number },
): Promise<Uint8Array | null> {
  const entry = await treeEntry(git, gitDir, commit, path);
  if (entry?.type !== 'blob') return null;
  try {
    return new Uint8Array(await readBlob(git, gitDir, entry.id, Math.min(maxBytes, fileCapBytes)));
  } catch (cause) {
    if (!(cause instanceof DomainError) || cause.code !== 'git-output-limit') throw cause;
    throw new DomainError('permanent', 'file-too-large', `file: ${path} is larger than ${maxBytes} bytes; fetch the branch instead`, {
      cause,
    });
  }
}

/** The merge base; histories without one are compared as they are. */
export async function mergeBase(git: Git, gitDir: string, base: string, commit: string): Promise<string> {
  const { stdout, exitCode } = await git(['merge-base', base, commit], { gitDir, exitCodes: [0, 1], quiet: true });
  return exitCode === 0 ? stdout.toString().trim() : base;
}

async function readEntries(git: Git, gitDir: string, base: string, commit: string): Promise<{ raw: RawEntry[]; numstat: NumstatEntry[] }> {
  const args = ['diff-tree', ...plainDiff, '-z', '--raw', '--no-abbrev', '--numstat', base, commit];
  const { stdout } = await git(args, { gitDir, timeoutMs: diffTimeoutMs, maxOutputBytes: listCapBytes, quiet: true });
  return parseDiffTree(stdout.toString('utf8'));
}

function toFiles(raw: readonly RawEntry[], numstat: readonly NumstatEntry[], lfsIds: ReadonlySet<string>): DiffFile[] {
  const counts = new Map(numstat.map((entry) => [entry.path, entry]));
  return raw.map((entry) => {
    const counted = counts.get(entry.path);
    return {
      path: entry.path,
      oldPath: entry.oldPath,
      status: entry.status,
      oldMode: entry.oldMode,
      newMode: entry.newMode,
      newBlob: entry.status === 'deleted' ? null : entry.newId,
      kind: kindOf(entry, counted?.insertions === null, lfsIds),
      insertions: counted?.insertions ?? 0,
      deletions: counted?.deletions ?? 0,
    };
  });
}

/** Two reads for all files: the sizes first, so that only small blobs are looked into. */
async function findLfsPointers(git: Git, gitDir: string, raw: readonly RawEntry[]): Promise<Set<string>> {
  const regular = raw.filter((entry) => (entry.newMode === '000000' ? entry.oldMode : entry.newMode).startsWith('100'));
  const ids = [...new Set(regular.map((entry) => (entry.status === 'deleted' ? entry.oldId : entry.newId)))];
  if (ids.length === 0) return new Set();
  const sizes = await git(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], {
    gitDir,
    input: ids.join('\n') + '\n',
    quiet: true,
  });
  const small = sizes.stdout
    .toString()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, type, size]) => type === 'blob' && Number(size) < lfsPointerCapBytes)
    .map(([id = '']) => id);
  if (small.length === 0) return new Set();
  const { stdout } = await git(['cat-file', '--batch'], {
    gitDir,
    input: small.join('\n') + '\n',
    maxOutputBytes: listCapBytes,
    quiet: true,
  });
  return pointersIn(stdout);
}

/** Reads `<id> blob <size> LF <bytes> LF …` and answers the ids of pointer files. */
function pointersIn(batch: Buffer): Set<string> {
  const found = new Set<string>();
  let position = 0;
  while (position < batch.length) {
    const endOfHeader = batch.indexOf(0x0a, position);
    const [id = '', , size] = batch.subarray(position, endOfHeader).toString('latin1').split(' ');
    const start = endOfHeader + 1;
    const end = start + Number(size);
    if (isLfsPointer(batch.subarray(start, end))) found.add(id);
    position = end + 1;
  }
  return found;
}

function pathsOf(entries: readonly RawEntry[]): string[] {
  return entries.flatMap((entry) => (entry.oldPath === null ? [entry.path] : [entry.oldPath, entry.path]));
}

/** Two commits of a repository, compared as they are. */
export interface PatchRange {
  gitDir: string;
  baseCommit: string;
  commit: string;
}

async function runPatch(git: Git, input: PatchRange & { paths: readonly string[]; asBinary?: boolean }): Promise<Buffer> {
  const args = ['diff-tree', ...plainDiff, '-p', '--binary', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'];
  const options = { gitDir: input.gitDir, timeoutMs: diffTimeoutMs, maxOutputBytes: patchCapBytes, quiet: true };
  const range = [input.baseCommit, input.commit, '--', ...input.paths];
  if (!input.asBinary) return (await git([...args, ...range], options)).stdout;
  const temporary = await mkdtemp(join(tmpdir(), 'astraforge-diff-'));
  try {
    const attributes = join(temporary, 'attributes');
    await writeFile(attributes, '* -diff\n');
    return (await git([...args, ...range], { ...options, config: [['core.attributesFile', attributes]] })).stdout;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
