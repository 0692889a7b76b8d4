import type Docker from 'dockerode';
import { join } from 'node:path';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import { inside } from '../host-folder/inside.ts';
import { seccompProfile } from './seccomp.ts';

/** What a supervisor's own threads and its git need beside the agent's. */
const supervisorTasks = 32;
/**
 * The kernel lets nobody make a user namespace out of one's root without it, and the agent's sandbox is one. It means something within
 * the user's own namespace alone, and nothing where no privilege can be gained.
 */
const rootlessCapability = 'SETFCAP';
const mebibyte = 1024 ** 2;

/** Which options differ from daemon to daemon; found by trying (probe.ts). */
export interface ContainerKind {
  /** User and group of everything inside; 0 for a rootless daemon alone. */
  user: number;
  /** True where AppArmor's profile for containers forbids the mounts of the agent's sandbox. */
  withoutAppArmor: boolean;
}

/** Folders of this machine that a container sees. */
export interface SharedFolders {
  privateDir: string;
  gitDir: string;
  checkoutDir: string;
  gatewayDir: string;
  bundlePath: string;
}

export interface ContainerInput {
  name: string;
  image: string;
  labels: Record<string, string>;
  kind: ContainerKind;
  folders: SharedFolders;
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
  const { folders, kind, limits } = input;
  const user = `${kind.user}:${kind.user}`;
  const scratchBytes = Math.floor(Math.min(limits.diskBytes, limits.memoryBytes / 2));
  const scratch = `rw,exec,nosuid,nodev,size=${scratchBytes},uid=${kind.user},gid=${kind.user}`;
  return {
    name: input.name,
    Image: input.image,
    Labels: input.labels,
    User: user,
    Hostname: 'workspace',
    WorkingDir: '/',
    Entrypoint: [inside.node, inside.supervisor],
    Cmd: input.args,
    Env: [`PATH=${inside.path}`, 'HOME=/nonexistent', 'LANG=C.UTF-8'],
    // The run's token comes this way and no other: the daemon keeps nothing of it.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    NetworkDisabled: true,
    StopTimeout: 1,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'none',
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
      PidsLimit: limits.processes + supervisorTasks,
      ...(input.cpus === null ? {} : { NanoCpus: Math.round(input.cpus * 1e9) }),
      ShmSize: 64 * mebibyte,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Tmpfs: { '/tmp': `${scratch},mode=1777`, '/home': `${scratch},mode=755` },
      Mounts: [
        bind(folders.privateDir, inside.privateDir, false),
        bind(folders.gitDir, inside.gitDir, false),
        bind(folders.checkoutDir, inside.checkoutDir, false),
        bind(folders.gatewayDir, inside.gateway, true),
        bind(folders.bundlePath, inside.supervisor, true),
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
}

function bind(source: string, target: string, readOnly: boolean): Docker.MountSettings {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: readOnly, BindOptions: { Propagation: 'rprivate' } };
}

/** Arguments of a supervisor in a container. */
export const supervisorArguments = [join(inside.privateDir, 'place.json')];
