import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { runRepositoryPath } from '../../gateway/git/names.ts';
import { makeOwned } from './disk.ts';
import type { Owner } from './disk.ts';
import { folderPaths } from './layout.ts';

const packFile = /^(pack-[0-9a-f]{40})\.idx$/;
const fanOut = /^[0-9a-f]{2}$/;
const looseFile = /^[0-9a-f]{38}$/;
/** Another file system, one without links, or one link too many. */
const noLink = new Set(['EXDEV', 'EPERM', 'EMLINK']);
/** Loose objects that are linked at once. */
const batch = 64;

/**
 * Puts the objects that a run's repository reads (its own and its mirror's) into a workspace's git dir, so that a history does not
 * pass the door where the gateway's folders are on this machine. Linked where the place runs as somebody else, who cannot write
 * them; copied where it runs as us. Never fails: what is missing is fetched through the door.
 */
export async function bringObjects(input: {
  runsDir: string | undefined;
  runId: string;
  folder: string;
  owner: Owner;
  logger: Logger;
}): Promise<void> {
  if (input.runsDir === undefined) return;
  const target = join(folderPaths(input.folder).gitDir, 'objects');
  const place = input.owner === null ? copy : link;
  try {
    const own = join(runRepositoryPath(input.runsDir, input.runId), 'objects');
    for (const source of [own, ...(await alternatesOf(own))]) {
      await bringPacks(join(source, 'pack'), join(target, 'pack'), input.owner, place);
      await bringLoose(source, target, input.owner, place);
    }
  } catch (error) {
    input.logger.warn('a workspace starts without the objects of its run', { runId: input.runId, problem: messageOf(error) });
  }
}

/** A file with objects of a run. */
export interface ObjectFile {
  /** The objects folder in which it lies. */
  folder: string;
  /** Relative to it. */
  name: string;
  bytes: number;
}

/**
 * The files of the objects that a run's repository reads, its own and its mirror's. Empty where the repository is not on this machine.
 * Throws the error of the file system when one goes away meanwhile.
 */
export async function listObjects(runsDir: string, runId: string): Promise<ObjectFile[]> {
  const own = join(runRepositoryPath(runsDir, runId), 'objects');
  const found: ObjectFile[] = [];
  for (const folder of [own, ...(await alternatesOf(own))]) {
    const packs = (await packsIn(join(folder, 'pack'))).flat().map((file) => join('pack', file));
    const loose = (await looseIn(folder)).flatMap(({ name, files }) => files.map((file) => join(name, file)));
    found.push(...(await withSizes(folder, [...packs, ...loose])));
  }
  return found;
}

async function withSizes(folder: string, names: readonly string[]): Promise<ObjectFile[]> {
  const files: ObjectFile[] = [];
  const sized = async (name: string): Promise<ObjectFile> => ({ folder, name, bytes: (await stat(join(folder, name))).size });
  for (let at = 0; at < names.length; at += batch) files.push(...(await Promise.all(names.slice(at, at + batch).map(sized))));
  return files;
}

type Place = (from: string, to: string) => Promise<void>;

function copy(from: string, to: string): Promise<void> {
  return copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

async function alternatesOf(objectsDir: string): Promise<string[]> {
  const text = await unlessGone(readFile(join(objectsDir, 'info', 'alternates'), 'utf8'));
  return (text ?? '').split('\n').filter((line) => line.startsWith('/'));
}

/** The files of each pack, the index last: with it git takes a pack for whole. */
async function packsIn(folder: string): Promise<string[][]> {
  const files = await filesOf(folder);
  const known = new Set(files);
  const packs = files.flatMap((file) => packFile.exec(file)?.[1] ?? []).filter((pack) => known.has(`${pack}.pack`));
  return packs.map((pack) => ['pack', 'rev', 'idx'].map((kind) => `${pack}.${kind}`).filter((file) => known.has(file)));
}

async function looseIn(folder: string): Promise<{ name: string; files: string[] }[]> {
  const names = (await filesOf(folder)).filter((entry) => fanOut.test(entry));
  return Promise.all(
    names.map(async (name) => ({ name, files: (await filesOf(join(folder, name))).filter((file) => looseFile.test(file)) })),
  );
}

async function bringPacks(from: string, to: string, owner: Owner, place: Place): Promise<void> {
  const packs = await packsIn(from);
  if (packs.length === 0) return;
  await makeOwnedWithin(to, owner);
  for (const parts of packs) for (const part of parts) if (!(await bring(join(from, part), join(to, part), place))) break;
}

async function bringLoose(from: string, to: string, owner: Owner, place: Place): Promise<void> {
  for (const { name, files } of await looseIn(from)) {
    if (files.length > 0) await makeOwnedWithin(join(to, name), owner);
    for (let at = 0; at < files.length; at += batch)
      await Promise.all(files.slice(at, at + batch).map((file) => bring(join(from, name, file), join(to, name, file), place)));
  }
}

/** Makes a folder below the objects folder, and that folder itself, the workspace's own. */
async function makeOwnedWithin(path: string, owner: Owner): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await makeOwned(join(path, '..'), owner);
  await makeOwned(path, owner);
}

/** False when the source is gone: then its mirror is being made anew. */
async function bring(from: string, to: string, place: Place): Promise<boolean> {
  try {
    await place(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return false;
    if (code === 'EEXIST') return true;
    if (place !== copy && noLink.has(code)) return bring(from, to, copy);
    throw error;
  }
}

async function filesOf(folder: string): Promise<string[]> {
  return (await unlessGone(readdir(folder))) ?? [];
}

async function unlessGone<T>(look: Promise<T>): Promise<T | null> {
  try {
    return await look;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
