import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
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
  /** Of the daemon: another one, or another version of it, was not tried. */
  identity: string;
}

/** A daemon at one moment. */
export interface DaemonNow {
  identity: string;
  facts: DaemonFacts;
  appArmor: boolean;
  /** By its own clock. */
  nowMs: number;
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
  const { identity, facts, appArmor, nowMs } = await lookUpDaemon(daemon);
  await removeStaleProbes(input, nowMs);
  const user = userFor(daemon, facts);
  let problems: string[] = [];
  for (const withoutAppArmor of appArmor ? [false, true] : [false]) {
    const kind = { user, withoutAppArmor };
    const { found, disk } = await look({ ...input, kind, cpus: facts.limitsCpu ? 1 : null });
    problems = isolationProblems(found, image, { rootless: user === 0 });
    if (problems.length === 0) return { image, kind, facts, found: withOwnCounters(found, facts), disk, identity };
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
async function removeStaleProbes({ daemon, installation }: ProbeInput, nowMs: number): Promise<void> {
  const tooOld = nowMs - staleMs;
  try {
    for (const { Id, Created } of await daemon.docker.listContainers({ all: true, filters: probesOf(installation) }))
      if (Created * 1000 < tooOld) await daemon.docker.getContainer(Id).remove({ force: true, v: true });
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  }
}

/** Asks a daemon what it is. DomainErrors of `dockerFailure`. */
export async function lookUpDaemon({ docker, address }: DockerDaemon): Promise<DaemonNow> {
  try {
    return daemonNow((await docker.info()) as Record<string, unknown>);
  } catch (error) {
    throw dockerFailure('workspace', error, address);
  }
}

/** What a daemon says of itself. Pure but for the clock, where the daemon has none. */
export function daemonNow(info: Record<string, unknown>): DaemonNow {
  const options = Array.isArray(info['SecurityOptions']) ? info['SecurityOptions'].map(String) : [];
  const version = String(info['ServerVersion'] ?? 'of unknown version');
  const nowMs = Date.parse(String(info['SystemTime']));
  return {
    identity: `${String(info['ID'])} ${version}`,
    appArmor: options.some((option) => option.includes('apparmor')),
    nowMs: Number.isNaN(nowMs) ? Date.now() : nowMs,
    facts: {
      version,
      rootless: options.some((option) => option.includes('rootless')),
      limitsMemory: info['MemoryLimit'] === true,
      limitsProcesses: info['PidsLimit'] === true,
      limitsCpu: info['CpuCfsQuota'] === true,
      cpus: Number(info['NCPU'] ?? 1),
    },
  };
}
