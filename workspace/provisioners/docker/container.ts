import type Docker from 'dockerode';
import { join } from 'node:path';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import { inside } from '../host-folder/inside.ts';
import type { DaemonFacts } from './judge.ts';
import { seccompProfile } from './seccomp.ts';

/** What a supervisor's own threads and its git need beside the agent's. */
export const supervisorTasks = 32;
/**
 * The kernel lets nobody make a user namespace out of one's root without it, and the agent's sandbox is one. It means something within
 * the user's own namespace alone, and nothing where no privilege can be gained.
 */
const rootlessCapability = 'SETFCAP';
const mebibyte = 1024 ** 2;
/** By which a container knows itself. */
export const hostname = 'workspace';

/** Which options differ from daemon to daemon; found by trying (probe.ts). */
export interface ContainerKind {
  /** User and group of everything inside; 0 for a rootless daemon alone. */
  user: number;
  /** True where AppArmor's profile for containers forbids the mounts of the agent's sandbox. */
  withoutAppArmor: boolean;
}

/** Where a container has its files from, and what that asks of it. */
export interface ContainerFiles {
  mounts: Docker.MountSettings[];
  /** Path of the supervisor's program inside. */
  supervisor: string;
  /** Processes and threads beside the agent's. */
  tasks: number;
  /** Names of its loopback beside `localhost`; it has a file of names then, which its services see. */
  names: readonly string[];
}

export interface ContainerInput {
  name: string;
  image: string;
  labels: Record<string, string>;
  kind: ContainerKind;
  files: ContainerFiles;
  limits: WorkspaceLimits;
  /** Processors; may be a fraction. Null: the daemon cannot limit them. */
  cpus: number | null;
  /** What runs, after Node and the supervisor's file. */
  args: string[];
}

/**
 * The container of a workspace: no network, no capability, nothing new to gain, a read-only root, limits on everything. /proc is not
 * masked, since the kernel gives the agent's sandbox a /proc of its own only then; whoever reads it is nobody in it. Pure.
 */
export function containerOptions(input: ContainerInput): Docker.ContainerCreateOptions {
  const { files, kind, limits } = input;
  const user = `${kind.user}:${kind.user}`;
  const scratchBytes = Math.floor(Math.min(limits.diskBytes, limits.memoryBytes / 2));
  const scratch = `rw,exec,nosuid,nodev,size=${scratchBytes},uid=${kind.user},gid=${kind.user}`;
  return {
    name: input.name,
    Image: input.image,
    Labels: input.labels,
    User: user,
    Hostname: hostname,
    WorkingDir: '/',
    Entrypoint: [inside.node, files.supervisor],
    Cmd: input.args,
    Env: [`PATH=${inside.path}`, 'HOME=/nonexistent', 'LANG=C.UTF-8'],
    // The run's token comes this way and no other: the daemon keeps nothing of it.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    // One that has a file of names is in a network without anything, else in none: that is the same but for this file.
    NetworkDisabled: files.names.length === 0,
    StopTimeout: 1,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'none',
      ...(files.names.length === 0 ? {} : { ExtraHosts: files.names.map((name) => `${name}:127.0.0.1`) }),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      ...(kind.user === 0 ? { CapAdd: [rootlessCapability] } : {}),
      SecurityOpt: [
        'no-new-privileges',
        `seccomp=${JSON.stringify(seccompProfile())}`,
        ...(kind.withoutAppArmor ? ['apparmor=unconfined'] : []),
      ],
      MaskedPaths: [],
      ReadonlyPaths: [],
      // Takes in what the agent's sandbox leaves behind when it is killed.
      Init: true,
      IpcMode: 'private',
      RestartPolicy: { Name: 'no' },
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.processes + files.tasks,
      ...(input.cpus === null ? {} : { NanoCpus: Math.round(input.cpus * 1e9) }),
      ShmSize: 64 * mebibyte,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Tmpfs: { '/tmp': `${scratch},mode=1777`, '/home': `${scratch},mode=755` },
      Mounts: files.mounts,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
}

/** Of the processors of a workspace as many as there are: more is an error of the daemon's, and so is any where it limits none. Pure. */
export function cpusOf(wanted: number, { limitsCpu, cpus }: Pick<DaemonFacts, 'limitsCpu' | 'cpus'>): number | null {
  return limitsCpu ? Math.min(wanted, cpus) : null;
}

/** Arguments of a supervisor in a container. */
export const supervisorArguments = [join(inside.privateDir, 'place.json')];
