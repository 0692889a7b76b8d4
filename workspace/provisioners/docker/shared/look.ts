import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { errorCodeOf } from '../../../../config/error-code.ts';
import type { LookQuestion } from '../../../supervisor/look-around.ts';
import { makeDisk, makeOwned, removeFolder } from '../../host-folder/disk.ts';
import { inside, insidePlace } from '../../host-folder/inside.ts';
import { folderPaths, makePrivateFolders, writePlace } from '../../host-folder/layout.ts';
import { addressesOf, forbidden, listen, lookLimits, runLook, unusable } from '../look.ts';
import type { Looked, LookInput } from '../look.ts';
import { sharedFiles } from './files.ts';

const marker = join(inside.checkoutDir, 'probe.txt');
/** Folders of places that only look around. */
export const probePrefix = '.probe-';

/** Looks around in a container with folders of this machine, whose own servers it must not reach. */
export async function lookInFolders(input: LookInput, workspacesDir: string, doorSocket: string): Promise<Looked> {
  await mkdir(workspacesDir, { recursive: true, mode: 0o700 });
  await mkdir(dirname(doorSocket), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(workspacesDir, probePrefix));
  const gatewayDir = await mkdtemp(join(dirname(doorSocket), 'probe-'));
  const owner = process.getuid?.() === 0 ? input.kind.user : null;
  const servers: Server[] = [];
  try {
    await chmod(gatewayDir, 0o755);
    await makePrivateFolders(folder, owner);
    const { checkoutDir, kind: disk } = await makeDisk(folder, lookLimits.diskBytes, owner, input.logger);
    await makeOwned(checkoutDir, owner);
    await writeFile(join(checkoutDir, 'probe.txt'), '');
    await writePlace(folder, insidePlace({ ...input, disk, memoryEventsFile: null, pidsEventsFile: null }), owner);
    const door = join(gatewayDir, 'door.sock');
    const hostServer = await listen(0);
    servers.push(hostServer, await listen(door));
    await chmod(door, 0o666);
    const { privateDir, gitDir } = folderPaths(folder);
    const files = sharedFiles({ privateDir, gitDir, checkoutDir, gatewayDir, bundlePath: input.bundlePath });
    const read = (): Promise<string> => readAnswer(join(privateDir, 'look.json'), input.image);
    const way = { id: folder.slice(-6), files, fill: () => Promise.resolve(), read };
    const found = await runLook(input, way, questionOf(hostServer));
    const seesDisk = found.present.includes(marker);
    const present = found.present.filter((path) => path !== marker);
    return { found: { ...found, present }, disk: disk === 'mount' && seesDisk ? 'mount' : 'watch' };
  } finally {
    for (const server of servers) server.close();
    await removeFolder(folder);
    await rm(gatewayDir, { recursive: true, force: true });
  }
}

/** What no program in a workspace may reach, write in or see; and the marker by which a mounted disk is told from a missing one. */
function questionOf(hostServer: Server): LookQuestion {
  return {
    reach: [...addressesOf(hostServer), ...forbidden.reach],
    write: [...forbidden.write],
    exist: [...forbidden.exist, marker],
  };
}

async function readAnswer(path: string, image: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    throw unusable(image, 'what it wrote into a folder of this machine did not arrive: the daemon has other files');
  }
}
