import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { Surroundings } from '../../supervisor/look-around.ts';
import type { LookQuestion } from '../../supervisor/look-around.ts';
import type { Place } from '../../supervisor/place.ts';
import { makeDisk, makeOwned, removeFolder } from '../host-folder/disk.ts';
import { makePrivateFolders, folderPaths, writePlace } from '../host-folder/layout.ts';
import { inside, insidePlace } from '../host-folder/inside.ts';
import { dockerFailure } from './client.ts';
import type { DockerDaemon } from './client.ts';
import { containerOptions, supervisorArguments } from './container.ts';
import type { ContainerInput, ContainerKind } from './container.ts';
import { isolationProblems, withOwnCounters } from './judge.ts';
import type { DaemonFacts } from './judge.ts';
import { containerName, probeLabels, probesOf } from './names.ts';
import { printable } from '../printable.ts';

/** What a probe found out about the daemon and the image, for every workspace after it. */
export interface Proven {
  image: string;
  kind: ContainerKind;
  facts: DaemonFacts;
  found: Surroundings;
  /** Whether a file system that we mount is seen inside. */
  disk: 'mount' | 'watch';
}

export interface ProbeInput {
  daemon: DockerDaemon;
  image: string;
  installation: string;
  workspacesDir: string;
  doorSocket: string;
  bundlePath: string;
  codexPath: string;
  bwrapPath: string;
  /** What to do about an image that lacks something. */
  remedy: string;
  logger: Logger;
}

const limits = { memoryBytes: 256 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };
const marker = 'probe.txt';
const probePrefix = '.probe-';
const staleMs = 10 * 60_000;
/** User and group in every container of a daemon that root speaks to. */
const ordinaryUid = 1000;

/**
 * Starts a container just like a workspace's and lets its supervisor try what it must not be able to do. DomainError `isolation` names
 * the daemon, the image and what is wrong.
 */
export async function proveIsolation(input: ProbeInput): Promise<Proven> {
  const { daemon, image } = input;
  const { facts, appArmor } = await factsOf(daemon);
  await removeStaleProbes(input);
  const user = userFor(daemon, facts);
  let problems: string[] = [];
  for (const withoutAppArmor of appArmor ? [false, true] : [false]) {
    const kind = { user, withoutAppArmor };
    const { found, disk } = await lookInside(input, kind, facts);
    problems = isolationProblems(found, image, facts);
    if (problems.length === 0) return { image, kind, facts, found: withOwnCounters(found, facts), disk };
    input.logger.debug('a way to start containers does not isolate', { withoutAppArmor, problems });
  }
  throw new DomainError(
    'permanent',
    'isolation',
    `workspace: containers of the Docker daemon at ${daemon.socketPath} (${facts.version}) are no place for agents: ${problems.join('; ')}`,
  );
}

/** Who owns a workspace's files outside must be who its programs are inside. To the containers of a rootless daemon its own user is root. */
function userFor({ socketPath }: DockerDaemon, facts: DaemonFacts): number {
  const own = process.getuid?.() ?? 0;
  if (!facts.rootless) return own === 0 ? ordinaryUid : own;
  if (own !== 0) return 0;
  throw new DomainError(
    'permanent',
    'isolation',
    `workspace: the Docker daemon at ${socketPath} is rootless and AstraForge runs as root; start AstraForge as the user of that daemon`,
  );
}

/** What a process that was killed in the middle of its probe left. */
async function removeStaleProbes({ daemon, installation, workspacesDir }: ProbeInput): Promise<void> {
  const tooOld = Date.now() - staleMs;
  try {
    for (const { Id, Created } of await daemon.docker.listContainers({ all: true, filters: probesOf(installation) }))
      if (Created * 1000 < tooOld) await daemon.docker.getContainer(Id).remove({ force: true, v: true });
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.socketPath);
  }
  for (const name of await readdir(workspacesDir).catch(() => [])) {
    const folder = join(workspacesDir, name);
    if (name.startsWith(probePrefix) && (await stat(folder)).mtimeMs < tooOld) await removeFolder(folder);
  }
}

async function factsOf({ docker, socketPath }: DockerDaemon): Promise<{ facts: DaemonFacts; appArmor: boolean }> {
  try {
    const info = (await docker.info()) as Record<string, unknown>;
    const options = Array.isArray(info['SecurityOptions']) ? info['SecurityOptions'].map(String) : [];
    return {
      appArmor: options.some((option) => option.includes('apparmor')),
      facts: {
        version: String(info['ServerVersion'] ?? 'of unknown version'),
        rootless: options.some((option) => option.includes('rootless')),
        limitsMemory: info['MemoryLimit'] === true,
        limitsProcesses: info['PidsLimit'] === true,
        limitsCpu: info['CpuCfsQuota'] === true,
        cpus: Number(info['NCPU'] ?? 1),
      },
    };
  } catch (error) {
    throw dockerFailure('workspace', error, socketPath);
  }
}

async function lookInside(
  input: ProbeInput,
  kind: ContainerKind,
  facts: DaemonFacts,
): Promise<{ found: Surroundings; disk: 'mount' | 'watch' }> {
  await mkdir(input.workspacesDir, { recursive: true, mode: 0o700 });
  await mkdir(dirname(input.doorSocket), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(input.workspacesDir, probePrefix));
  const gatewayDir = await mkdtemp(join(dirname(input.doorSocket), 'probe-'));
  const owner = process.getuid?.() === 0 ? kind.user : null;
  const servers: Server[] = [];
  try {
    await chmod(gatewayDir, 0o755);
    await makePrivateFolders(folder, owner);
    const disk = await makeDisk(folder, limits.diskBytes, owner, input.logger);
    await makeOwned(disk.checkoutDir, owner);
    await writeFile(join(disk.checkoutDir, marker), '');
    const place = insidePlace({ ...input, disk: disk.kind, memoryEventsFile: null, pidsEventsFile: null });
    await writePlace(folder, place, owner);
    const door = join(gatewayDir, 'door.sock');
    servers.push(await listen(door), await listen(0));
    await chmod(door, 0o666);
    const folders = { folder, gatewayDir, checkoutDir: disk.checkoutDir };
    const found = await runLook(input, { kind, cpus: facts.limitsCpu ? 1 : null }, folders, questionOf(servers[1], place));
    const seesDisk = found.present.includes(join(place.checkoutDir, marker));
    const present = found.present.filter((path) => path !== join(place.checkoutDir, marker));
    return { found: { ...found, present }, disk: disk.kind === 'mount' && seesDisk ? 'mount' : 'watch' };
  } finally {
    for (const server of servers) server.close();
    await removeFolder(folder);
    await rm(gatewayDir, { recursive: true, force: true });
  }
}

/** What no program in a workspace may reach, write in or see; and the marker by which a mounted disk is told from a missing one. */
function questionOf(hostServer: Server | undefined, place: Place): LookQuestion {
  const address = hostServer?.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
  return {
    reach: [...own.map((entry) => `${entry.address}:${port}`), '169.254.169.254:80', '1.1.1.1:443'],
    write: ['/', '/usr', '/etc', '/opt', '/var', '/proc/sys/kernel', '/proc/sysrq-trigger', '/sys/fs/cgroup'],
    exist: ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', join(place.checkoutDir, marker)],
  };
}

async function runLook(
  input: ProbeInput,
  { kind, cpus }: Pick<ContainerInput, 'kind' | 'cpus'>,
  folders: { folder: string; gatewayDir: string; checkoutDir: string },
  question: LookQuestion,
): Promise<Surroundings> {
  const { daemon, installation, image, bundlePath } = input;
  const { privateDir, gitDir } = folderPaths(folders.folder);
  const id = `probe-${process.pid}-${folders.folder.slice(-6)}`;
  const options = containerOptions({
    ...{ name: containerName(installation, id), image, labels: probeLabels(installation), kind, limits, cpus },
    folders: { privateDir, gitDir, checkoutDir: folders.checkoutDir, gatewayDir: folders.gatewayDir, bundlePath },
    args: [...supervisorArguments, '--look', JSON.stringify(question)],
  });
  try {
    const container = await daemon.docker.createContainer(options);
    try {
      await container.start();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      const said = StatusCode === 0 ? '' : (await container.logs({ stdout: true, stderr: true })).toString('utf8');
      if (StatusCode === 127) throw unusable(image, `it has no Node at ${inside.node}; ${input.remedy}`);
      if (StatusCode !== 0) throw unusable(image, `its supervisor ended with code ${StatusCode}: ${printable(said)}`);
    } finally {
      await container.remove({ force: true, v: true });
    }
    return Surroundings.parse(JSON.parse(await readFile(join(privateDir, 'look.json'), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && messageOf(error).includes('look.json'))
      throw unusable(image, 'what it wrote into a folder of this machine did not arrive: the daemon has other files');
    throw dockerFailure('workspace', error, daemon.socketPath);
  }
}

function unusable(image: string, why: string): DomainError {
  return new DomainError('permanent', 'isolation', `workspace: the image ${image} cannot be used: ${why}`);
}

async function listen(at: string | number): Promise<Server> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
  return server;
}
