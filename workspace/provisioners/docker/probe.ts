import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { Surroundings } from '../../supervisor/look-around.ts';
import type { DockerDaemon } from './client.ts';
import type { ContainerKind } from './container.ts';
import { dockerFailure } from './failure.ts';
import { isolationProblems, withOwnCounters } from './judge.ts';
import type { DaemonFacts } from './judge.ts';
import type { Look, Looked } from './look.ts';
import { probesOf } from './names.ts';

/** What a probe found out about the daemon and the image, for every workspace after it. */
export interface Proven extends Looked {
  image: string;
  kind: ContainerKind;
  facts: DaemonFacts;
  found: Surroundings;
}

export interface ProbeInput {
  daemon: DockerDaemon;
  image: string;
  installation: string;
  bundlePath: string;
  codexPath: string;
  bwrapPath: string;
  /** What to do about an image that lacks something. */
  remedy: string;
  logger: Logger;
}

const staleMs = 10 * 60_000;
/** User and group in every container of a daemon that root speaks to, or that shares no file with us. */
const ordinaryUid = 1000;

/**
 * Starts a container just like a workspace's and lets its supervisor try what it must not be able to do. DomainError `isolation` names
 * the daemon, the image and what is wrong.
 */
export async function proveIsolation(input: ProbeInput, look: Look): Promise<Proven> {
  const { daemon, image } = input;
  const { facts, appArmor } = await factsOf(daemon);
  await removeStaleProbes(input);
  const user = userFor(daemon, facts);
  let problems: string[] = [];
  for (const withoutAppArmor of appArmor ? [false, true] : [false]) {
    const kind = { user, withoutAppArmor };
    const { found, disk } = await look({ ...input, kind, cpus: facts.limitsCpu ? 1 : null });
    problems = isolationProblems(found, image, { rootless: user === 0 });
    if (problems.length === 0) return { image, kind, facts, found: withOwnCounters(found, facts), disk };
    input.logger.debug('a way to start containers does not isolate', { withoutAppArmor, problems });
  }
  throw new DomainError(
    'permanent',
    'isolation',
    `workspace: containers of the Docker daemon at ${daemon.address} (${facts.version}) are no place for agents: ${problems.join('; ')}`,
  );
}

/**
 * Who owns a workspace's files outside must be who its programs are inside, where both see them. To the containers of a rootless daemon its
 * own user is root.
 */
function userFor({ address, remote }: DockerDaemon, facts: DaemonFacts): number {
  const own = process.getuid?.() ?? 0;
  if (remote) return ordinaryUid;
  if (!facts.rootless) return own === 0 ? ordinaryUid : own;
  if (own !== 0) return 0;
  throw new DomainError(
    'permanent',
    'isolation',
    `workspace: the Docker daemon at ${address} is rootless and AstraForge runs as root; start AstraForge as the user of that daemon`,
  );
}

/** What a process that was killed in the middle of its probe left. */
async function removeStaleProbes({ daemon, installation }: ProbeInput): Promise<void> {
  const tooOld = Date.now() - staleMs;
  try {
    for (const { Id, Created } of await daemon.docker.listContainers({ all: true, filters: probesOf(installation) }))
      if (Created * 1000 < tooOld) await daemon.docker.getContainer(Id).remove({ force: true, v: true });
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  }
}

async function factsOf({ docker, address }: DockerDaemon): Promise<{ facts: DaemonFacts; appArmor: boolean }> {
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
    throw dockerFailure('workspace', error, address);
  }
}
