import { chown, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { SupervisorJob } from '../../../workflows/contracts/supervisor.ts';
import type { Place } from '../../supervisor/place.ts';
import { makeOwned } from './disk.ts';
import type { Owner } from './disk.ts';

const workspaceIdShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Where the parts of a workspace lie in its folder. */
export function folderPaths(folder: string) {
  const privateDir = join(folder, 'private');
  return {
    privateDir,
    inboxDir: join(privateDir, 'inbox'),
    eventsFile: join(privateDir, 'events.jsonl'),
    jobFile: join(privateDir, 'job.json'),
    placeFile: join(privateDir, 'place.json'),
    gitDir: join(folder, 'git'),
    /** Where no file system of its own size is mounted. */
    checkoutDir: join(folder, 'checkout'),
    etcDir: join(folder, 'etc'),
  };
}

/** The folder of a workspace. DomainError `workspace-id` for an id that is no plain name. */
export function workspaceFolder(workspacesDir: string, workspaceId: string): string {
  if (!workspaceIdShape.test(workspaceId))
    throw new DomainError('permanent', 'workspace-id', `workspace: ${workspaceId} is not a workspace id`);
  return join(workspacesDir, workspaceId);
}

/** Ids of the workspaces that have a folder; none when there is no such place yet. */
export async function listFolders(workspacesDir: string): Promise<string[]> {
  const entries = await readdir(workspacesDir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory() && workspaceIdShape.test(entry.name)).map(({ name }) => name);
}

/** Makes the folders that a supervisor writes in, owned by whoever it runs as. */
export async function makePrivateFolders(folder: string, owner: Owner): Promise<void> {
  const { privateDir, inboxDir, gitDir } = folderPaths(folder);
  for (const path of [privateDir, inboxDir, gitDir]) await makeOwned(path, owner);
}

/** Writes what a supervisor reads once it has its token. No secret is in it. */
export function writeJob(folder: string, job: SupervisorJob, owner: Owner): Promise<void> {
  return writeOwned(folderPaths(folder).jobFile, job, owner);
}

/** Tells a supervisor where it is. */
export function writePlace(folder: string, place: Place, owner: Owner): Promise<void> {
  return writeOwned(folderPaths(folder).placeFile, place, owner);
}

async function writeOwned(path: string, content: object, owner: Owner): Promise<void> {
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  if (owner !== null) await chown(path, owner, owner);
}
