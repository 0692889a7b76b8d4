import type Docker from 'dockerode';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { Surroundings } from '../../supervisor/look-around.ts';
import type { LookQuestion } from '../../supervisor/look-around.ts';
import { inside } from '../host-folder/inside.ts';
import { printable } from '../printable.ts';
import { containerOptions, supervisorArguments } from './container.ts';
import type { ContainerFiles, ContainerKind } from './container.ts';
import { dockerFailure } from './failure.ts';
import { containerName, probeLabels } from './names.ts';
import type { ProbeInput } from './probe.ts';

/** Starts a container of one kind that looks around, with files as a workspace has them. */
export type Look = (input: LookInput) => Promise<Looked>;

export interface LookInput extends ProbeInput {
  kind: ContainerKind;
  /** Processors; null where the daemon limits none. */
  cpus: number | null;
}

export interface Looked {
  found: Surroundings;
  /** Whether a file system that we mount is seen inside. */
  disk: 'mount' | 'watch';
}

/** How long one may look around. */
const longestMs = 2 * 60_000;

/** Of the container that looks around. */
export const lookLimits = { memoryBytes: 256 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };

/** What no program in a workspace may write in or see, wherever it runs. */
export const forbidden = {
  write: ['/', '/usr', '/etc', '/opt', '/var', '/proc/sys/kernel', '/proc/sysrq-trigger', '/sys/fs/cgroup'],
  exist: ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock'],
  /** Of no machine of ours. */
  reach: ['169.254.169.254:80', '1.1.1.1:443'],
} as const;

/** How a container that looks around gets its files, and where its answer is read. */
export interface LookWay {
  /** Tells it apart from other containers that look around now. */
  id: string;
  files: ContainerFiles;
  /** Called before it starts. */
  fill(container: Docker.Container): Promise<void>;
  /** What it wrote, once it ended. */
  read(container: Docker.Container): Promise<string>;
}

/** Has the question answered by a container, which is removed again. DomainError `isolation` names what keeps it from answering. */
export async function runLook(input: LookInput, way: LookWay, question: LookQuestion): Promise<Surroundings> {
  const { daemon, installation, image, kind, cpus } = input;
  const options = containerOptions({
    ...{ name: containerName(installation, `probe-${process.pid}-${way.id}`), image, labels: probeLabels(installation) },
    ...{ kind, limits: lookLimits, cpus, files: way.files },
    args: [...supervisorArguments, '--look', JSON.stringify(question)],
  });
  try {
    const container = await daemon.docker.createContainer(options);
    try {
      await way.fill(container);
      await container.start();
      const { StatusCode } = (await container.wait({ abortSignal: AbortSignal.timeout(longestMs) })) as { StatusCode: number };
      const said = StatusCode === 0 ? '' : (await container.logs({ stdout: true, stderr: true })).toString('utf8');
      if (StatusCode === 127) throw unusable(image, `it has no Node at ${inside.node}; ${input.remedy}`);
      if (StatusCode !== 0) throw unusable(image, `its supervisor ended with code ${StatusCode}: ${printable(said)}`);
      return Surroundings.parse(JSON.parse(await way.read(container)));
    } finally {
      await container.remove({ force: true, v: true });
    }
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  }
}

/** DomainError `isolation`: why nothing can be started from an image. */
export function unusable(image: string, why: string): DomainError {
  return new DomainError('permanent', 'isolation', `workspace: the image ${image} cannot be used: ${why}`);
}

/** A server of this machine that no container may reach: a port (0: any), or the path of a socket. */
export async function listen(at: string | number): Promise<Server> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
  return server;
}

/** Where one with a port would be reached, by each IPv4 address of this machine. */
export function addressesOf(server: Server): string[] {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
  return own.map((entry) => `${entry.address}:${port}`);
}
