import type Docker from 'dockerode';
import type { ServiceSpec } from '../../port.ts';
import { scratchFolders, serviceLimits } from '../service-rules.ts';
import type { DaemonFacts } from './judge.ts';

/** What a service's image says of itself, as far as it decides how it is started. */
export interface ServiceImage {
  id: string;
  /** Folders that it writes in. */
  volumes: string[];
  /** User (and group) that it runs as; empty: root. */
  user: string;
}

export interface ServiceInput {
  name: string;
  /** Name or id of the workspace's container, which runs. */
  workspace: string;
  labels: Record<string, string>;
  service: ServiceSpec;
  image: ServiceImage;
  /** Processors; may be a fraction. Null where the daemon limits none. */
  cpus: number | null;
  /**
   * File of this machine that stands for /etc/hosts: without a network of its own a container has none. Null where that of the workspace
   * has one, which they share.
   */
  hostsFile: string | null;
}

/**
 * The container of a service. It has the workspace's loopback and no other network, nothing of this machine but its names of the loopback,
 * a read-only root with scratch folders where its image declares volumes, limits on everything; of capabilities those by which an image's
 * start gives root up. Pure.
 */
export function serviceOptions(input: ServiceInput): Docker.ContainerCreateOptions {
  const { image, service } = input;
  const scratch = `rw,nosuid,nodev,size=${serviceLimits.scratchBytes},${ownerOf(image.user)}`;
  return {
    name: input.name,
    Image: image.id,
    Labels: input.labels,
    Env: Object.entries(service.env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    StopTimeout: 1,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: `container:${input.workspace}`,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
      SecurityOpt: ['no-new-privileges'],
      Init: true,
      IpcMode: 'private',
      RestartPolicy: { Name: 'no' },
      Memory: serviceLimits.memoryBytes,
      MemorySwap: serviceLimits.memoryBytes,
      PidsLimit: serviceLimits.tasks,
      ...(input.cpus === null ? {} : { NanoCpus: Math.round(input.cpus * 1e9) }),
      ShmSize: serviceLimits.sharedMemoryBytes,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Tmpfs: Object.fromEntries(scratchFolders(image.volumes).map((path) => [path, scratch])),
      Mounts: input.hostsFile === null ? [] : [hostsMount(input.hostsFile)],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
}

function hostsMount(source: string): Docker.MountSettings {
  return { Type: 'bind', Source: source, Target: '/etc/hosts', ReadOnly: true, BindOptions: { Propagation: 'rprivate' } };
}

/** Why services may not run on a daemon; null: they may. What an agent asks of them must not take the machine. Pure. */
export function serviceProblem(facts: Pick<DaemonFacts, 'limitsMemory' | 'limitsProcesses'>): string | null {
  const missing = [!facts.limitsMemory && 'memory', !facts.limitsProcesses && 'processes'].filter((word) => word !== false);
  if (missing.length === 0) return null;
  return `this Docker daemon does not limit ${missing.join(' and ')}, and nothing else would limit a service; use one with cgroup limits, or take the services out of the project`;
}

/** A user by name is known inside alone: then whoever it is may write. */
function ownerOf(user: string): string {
  const [uid = '', gid] = user.split(':');
  if (!/^\d+$/.test(uid)) return 'mode=1777';
  return `mode=0755,uid=${uid},gid=${gid !== undefined && /^\d+$/.test(gid) ? gid : uid}`;
}
