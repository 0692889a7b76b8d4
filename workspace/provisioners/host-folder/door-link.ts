import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';

/** Which gateway's door, beside that of the configuration, serves a workspace at this moment. Must be quick and never throw. */
export type DoorChoice = (workspaceId: string) => string;

/** Name of the gateway's socket inside a sandbox's own folder for it. */
const doorName = 'door.sock';
const openMode = 0o666;

/** The folder with a workspace's link to the door: beside the door itself, since a link cannot leave its file system. */
export function doorFolder(doorSocket: string, workspaceFolder: string): string {
  return join(dirname(resolve(doorSocket)), `door-${createHash('sha256').update(workspaceFolder).digest('hex').slice(0, 16)}`);
}

/** The link itself, for a workspace that sees this machine as it is. */
export function doorLink(doorSocket: string, workspaceFolder: string): string {
  return join(doorFolder(doorSocket, workspaceFolder), doorName);
}

/**
 * Gives a workspace a folder with the gateway's door in it and nothing else: a hard link, since the gateway's own folder holds its
 * service socket too. A restarted gateway makes a new socket, and another one may serve the workspace by now: calling this again
 * links that one, in one step. Without a socket there the link stays as it is.
 */
function linkDoor(doorSocket: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  chmodSync(folder, 0o755);
  const link = join(folder, doorName);
  try {
    const door = lstatSync(doorSocket);
    if (!door.isSocket()) return;
    // The workspace runs as somebody else; the folder of the real socket keeps others away. A gateway that was just started may have shut
    // a socket that was linked in the moment before: so it is looked at each time.
    if ((door.mode & 0o777) !== openMode) chmodSync(doorSocket, openMode);
    if (lstatSync(link, { throwIfNoEntry: false })?.ino === door.ino) return;
    const temporary = join(folder, `.${process.pid}.tmp`);
    rmSync(temporary, { force: true });
    linkSync(doorSocket, temporary);
    renameSync(temporary, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
}

const keepMs = 500;

/**
 * Keeps the links of living workspaces good over restarts of gateways and from one gateway to another. `doorSocket` is that of the
 * configuration, beside which all links lie. Keeps no process alive.
 */
export function createDoorKeeper(
  doorSocket: string,
  choose: DoorChoice = () => doorSocket,
): { keep(folder: string): void; drop(folder: string): void } {
  const folders = new Set<string>();
  let timer: NodeJS.Timeout | null = null;

  function link(folder: string): void {
    linkDoor(choose(basename(folder)), doorFolder(doorSocket, folder));
  }

  function relink(): void {
    for (const folder of folders) {
      if (existsSync(folder)) link(folder);
      else folders.delete(folder);
    }
  }

  return {
    keep(folder) {
      link(folder);
      folders.add(folder);
      timer ??= setInterval(relink, keepMs).unref();
    },
    drop(folder) {
      folders.delete(folder);
      rmSync(doorFolder(doorSocket, folder), { recursive: true, force: true });
    },
  };
}
