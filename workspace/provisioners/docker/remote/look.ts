import type Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DomainError } from '../../../../workflows/contracts/errors.ts';
import type { LookQuestion } from '../../../supervisor/look-around.ts';
import { inside } from '../../host-folder/inside.ts';
import type { DockerDaemon } from '../client.ts';
import { dockerFailure } from '../failure.ts';
import { addressesOf, forbidden, listen, runLook, unusable } from '../look.ts';
import type { Looked, LookInput } from '../look.ts';
import { probeLabels } from '../names.ts';
import { readInside } from './archive.ts';
import { ownFiles, ownFolders } from './files.ts';
import { fillPrivate, fillPlain, ownPlace } from './fill.ts';

const longestAnswerBytes = 1024 ** 2;

/** Looks around in a container that shares no file: neither its daemon nor a server of this machine may be in reach. */
export async function lookInVolumes(input: LookInput): Promise<Looked> {
  const { daemon, image, kind } = input;
  const hostServer = await listen(0);
  try {
    const way = {
      id: randomBytes(3).toString('hex'),
      files: ownFiles([], probeLabels(input.installation)),
      async fill(container: Docker.Container) {
        const place = ownPlace(input, { memoryEventsFile: null, pidsEventsFile: null });
        await fillPrivate(container, kind.user, { bundlePath: input.bundlePath, place, job: null });
        for (const folder of [inside.gitDir, inside.checkoutDir]) await fillPlain(container, folder, kind.user);
      },
      async read(container: Docker.Container) {
        const accept = ({ isFile, sizeBytes }: { isFile: boolean; sizeBytes: number }): void => {
          if (!isFile || sizeBytes > longestAnswerBytes) throw unusable(image, 'its supervisor left no answer of ours');
        };
        const content = await readInside(container, join(inside.privateDir, 'look.json'), { accept });
        if (!content) throw unusable(image, 'its supervisor left no answer');
        return text(content);
      },
    };
    const found = await runLook(input, way, await questionOf(daemon, hostServer));
    const withheld = ownFolders.filter((folder) => !found.writable.includes(folder));
    if (withheld.length > 0) throw notOurs(daemon, kind.user, withheld);
    const writable = found.writable.filter((folder) => !ownFolders.some((own) => own === folder));
    // Its door is opened later, through a stream.
    return { found: { ...found, writable, doorAnswers: true }, disk: 'watch' };
  } finally {
    hostServer.close();
  }
}

async function questionOf(daemon: DockerDaemon, hostServer: Server): Promise<LookQuestion> {
  return {
    reach: [...addressesOf(hostServer), ...(await daemonAddresses(daemon)), ...forbidden.reach],
    write: [...forbidden.write, ...ownFolders],
    exist: [...forbidden.exist],
  };
}

/** The daemon itself by its addresses: no name server answers inside. */
async function daemonAddresses({ remote, address }: DockerDaemon): Promise<string[]> {
  if (!remote) return [];
  try {
    return (await lookup(remote.host, { all: true })).map((entry) => `${entry.address}:${remote.port}`);
  } catch (error) {
    throw dockerFailure('workspace', error, address);
  }
}

function notOurs({ address }: DockerDaemon, user: number, folders: readonly string[]): DomainError {
  return new DomainError(
    'permanent',
    'isolation',
    `workspace: the Docker daemon at ${address} does not give volumes to user ${user} (${folders.join(', ')}); use another version of Docker, or its socket`,
  );
}
