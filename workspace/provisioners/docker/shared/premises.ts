import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '../../../port.ts';
import { removeFolder } from '../../host-folder/disk.ts';
import { createDoorKeeper } from '../../host-folder/door-link.ts';
import { listFolders, workspaceFolder } from '../../host-folder/layout.ts';
import { loadRecord } from '../../host-folder/record.ts';
import { containerName, installationOf } from '../names.ts';
import type { Premises } from '../premises.ts';
import type { DockerProvisionerOptions } from '../prepare.ts';
import { lifeOf, listContainers, removeContainers } from '../containers.ts';
import { lookInFolders, probePrefix } from './look.ts';
import { ContainerRecord } from './record.ts';
import { startInFolder } from './start.ts';
import { openContainer } from './workspace.ts';

const staleMs = 10 * 60_000;

/** Workspaces of a daemon on this machine: each is a folder here and a container that sees it. */
export function sharedPremises(options: DockerProvisionerOptions): Premises {
  const { daemon, workspacesDir, doorSocket } = options;
  const installation = installationOf(workspacesDir);
  const doors = createDoorKeeper(doorSocket, options.chooseDoor);
  const nameOf = (workspaceId: string): string => containerName(installation, workspaceId);
  const folderOf = (workspaceId: string): string => workspaceFolder(workspacesDir, workspaceId);

  async function clear(workspaceId: string): Promise<void> {
    const folder = folderOf(workspaceId);
    doors.drop(folder);
    await removeFolder(folder);
  }

  return {
    installation,
    async look(input) {
      await removeStaleFolders(workspacesDir);
      return lookInFolders(input, workspacesDir, doorSocket);
    },
    async start(input): Promise<Workspace> {
      const { workspaceId } = input.spec.job;
      const folder = folderOf(workspaceId);
      const record = await startInFolder({ ...options, ...input, installation, folder, onFolder: doors.keep });
      return openContainer(daemon, nameOf(workspaceId), folder, record);
    },
    async adopt(workspaceId) {
      const folder = folderOf(workspaceId);
      const record = await loadRecord(folder, ContainerRecord);
      if (!record) return null;
      const life = await lifeOf(daemon, nameOf(workspaceId));
      if (life?.fresh) return null;
      if (life?.running) doors.keep(folder);
      return openContainer(daemon, nameOf(workspaceId), folder, record);
    },
    async undo(workspaceId) {
      await removeContainers(daemon, installation, workspaceId);
      await clear(workspaceId);
    },
    // Its name is taken from the first moment on: whoever comes second adopts it.
    requireFree: () => Promise.resolve(),
    clear,
    /** By folder, and by container where the folder is lost. */
    async list() {
      return [...new Set([...(await listFolders(workspacesDir)), ...(await listContainers(daemon, installation))])];
    },
  };
}

/** What a process that was killed in the middle of its probe left. */
async function removeStaleFolders(workspacesDir: string): Promise<void> {
  const tooOld = Date.now() - staleMs;
  for (const name of await readdir(workspacesDir).catch(() => [])) {
    const folder = join(workspacesDir, name);
    if (name.startsWith(probePrefix) && (await stat(folder)).mtimeMs < tooOld) await removeFolder(folder);
  }
}
