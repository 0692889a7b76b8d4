import { existsSync, lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import type { Place } from '../../supervisor/place.ts';
import type { Owner } from './disk.ts';

/** Where things are inside: the same in every sandbox. */
export const inside = {
  privateDir: '/run/astraforge',
  gitDir: '/var/lib/astraforge/git',
  checkoutDir: '/workspace',
  homeDir: '/home/agent',
  attachmentsDir: '/home/agent/attachments',
  gateway: '/run/gw',
  node: '/opt/astraforge/bin/node',
  codex: '/opt/astraforge/codex',
  supervisor: '/opt/astraforge/supervisor.mjs',
  memoryEvents: '/run/limits/memory.events',
  pidsEvents: '/run/limits/pids.events',
  relayPort: 8787,
  /** The host's own programs first: ours is there for machines without Node. */
  path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/astraforge/bin',
} as const;

/** Paths outside. */
export interface Outside {
  privateDir: string;
  gitDir: string;
  checkoutDir: string;
  gatewayDir: string;
  nodePath: string;
  bundlePath: string;
  codex: CodexFiles | null;
  memoryEventsFile: string | null;
  pidsEventsFile: string | null;
  etcDir: string;
}

/** Files of /etc that hold no secret and that programs miss. */
const sharedEtc = [
  'ssl/certs',
  'ssl/openssl.cnf',
  'ca-certificates',
  'pki',
  'alternatives',
  'localtime',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'mime.types',
  'services',
  'protocols',
];

const ownEtc: Record<string, string> = {
  passwd: 'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n',
  group: 'root:x:0:\nagent:x:1000:\n',
  hosts: '127.0.0.1 localhost workspace\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  hostname: 'workspace\n',
  'resolv.conf': '',
  gitconfig:
    '[user]\n\tname = AstraForge\n\temail = astraforge@localhost\n[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n',
};

/** Writes the sandbox's own files of /etc. */
export function writeEtc(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(ownEtc)) writeFileSync(join(folder, name), content, { mode: 0o644 });
}

/** The read-only system: /usr with its links as this machine has them. The same inside and out, so both sandboxes use it. */
function systemArguments(): string[] {
  const roots = ['/bin', '/sbin', '/lib', '/lib64', '/lib32', '/libx32'].flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return [];
    return found.isSymbolicLink() ? ['--symlink', readlinkSync(path).replace(/^\//, ''), path] : ['--ro-bind', path, path];
  });
  const nix = ['/nix/store', '/gnu/store'].filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]);
  return ['--ro-bind', '/usr', '/usr', ...roots, ...nix];
}

/** How the agent's nested sandbox sees the system: all of it is already inside the outer one. */
function nestedSystemArguments(): string[] {
  return [...systemArguments(), '--ro-bind', '/etc', '/etc', '--ro-bind', '/opt', '/opt'];
}

/**
 * Arguments of the outer bubblewrap up to the program. No `--die-with-parent`: the sandbox outlives its maker.
 */
function outerArguments(outside: Outside, limits: WorkspaceLimits): string[] {
  const scratchBytes = String(Math.floor(Math.min(limits.diskBytes, limits.memoryBytes / 2)));
  const etc = [
    ...sharedEtc
      .map((name) => join('/etc', name))
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...Object.keys(ownEtc).flatMap((name) => ['--ro-bind', join(outside.etcDir, name), join('/etc', name)]),
  ];
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--new-session', '--uid', '1000', '--gid', '1000', '--hostname', 'workspace', '--cap-drop', 'ALL', '--clearenv'],
    ...['--setenv', 'PATH', inside.path, '--setenv', 'HOME', '/nonexistent', '--setenv', 'LANG', 'C.UTF-8'],
    ...systemArguments(),
    ...etc,
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', scratchBytes, '--tmpfs', '/tmp', '--size', scratchBytes, '--tmpfs', '/home'],
    ...['--bind', outside.privateDir, inside.privateDir],
    ...['--bind', outside.gitDir, inside.gitDir],
    ...['--bind', outside.checkoutDir, inside.checkoutDir],
    ...['--ro-bind', outside.gatewayDir, inside.gateway],
    ...['--ro-bind', outside.nodePath, inside.node],
    ...['--ro-bind', outside.bundlePath, inside.supervisor],
    ...(outside.codex ? ['--ro-bind', outside.codex.root, inside.codex] : []),
    ...(outside.memoryEventsFile ? ['--ro-bind', outside.memoryEventsFile, inside.memoryEvents] : []),
    ...(outside.pidsEventsFile ? ['--ro-bind', outside.pidsEventsFile, inside.pidsEvents] : []),
    ...['--remount-ro', '/', '--chdir', '/', '--'],
  ];
}

/** How a sandbox is started. */
export interface BwrapStart {
  bwrapPath: string;
  owner: Owner;
  /** Changes the user, for `owner`. */
  setprivPath: string;
}

/**
 * The whole command line. Root starts its sandboxes as a user that nobody is. That user has no way through closed folders, so a
 * first bubblewrap lays the sources out below /mnt, in a mount namespace of its own, and the second takes them from there.
 */
export function bwrapCommand(start: BwrapStart, outside: Outside, limits: WorkspaceLimits, own: readonly string[]): string[] {
  if (start.owner === null) return [start.bwrapPath, ...own, ...outerArguments(outside, limits)];
  const staged: string[] = [];
  function stage(writable: boolean, source: string): string {
    const target = `/mnt/${staged.length}`;
    staged.push(writable ? '--bind' : '--ro-bind', source, target);
    return target;
  }
  const program = stage(false, start.bwrapPath);
  const moved: Outside = {
    privateDir: stage(true, outside.privateDir),
    gitDir: stage(true, outside.gitDir),
    checkoutDir: stage(true, outside.checkoutDir),
    gatewayDir: stage(false, outside.gatewayDir),
    nodePath: stage(false, outside.nodePath),
    bundlePath: stage(false, outside.bundlePath),
    codex: outside.codex && { ...outside.codex, root: stage(false, outside.codex.root) },
    memoryEventsFile: outside.memoryEventsFile && stage(false, outside.memoryEventsFile),
    pidsEventsFile: outside.pidsEventsFile && stage(false, outside.pidsEventsFile),
    etcDir: stage(false, outside.etcDir),
  };
  const user = String(start.owner);
  return [
    ...[start.bwrapPath, '--dev-bind', '/', '/', '--tmpfs', '/mnt', ...staged, '--'],
    ...[start.setprivPath, '--reuid', user, '--regid', user, '--clear-groups', '--'],
    ...[program, ...own, ...outerArguments(moved, limits)],
  ];
}

/** What the supervisor is told about its place in bubblewrap. */
export function sandboxPlace(options: {
  disk: 'mount' | 'watch';
  codex: CodexFiles | null;
  cgroups: { memoryEventsFile: string | null; pidsEventsFile: string | null };
  innerBwrap: string;
}): Place {
  return {
    privateDir: inside.privateDir,
    gitDir: inside.gitDir,
    checkoutDir: inside.checkoutDir,
    homeDir: inside.homeDir,
    attachmentsDir: inside.attachmentsDir,
    doorSocket: join(inside.gateway, 'door.sock'),
    relayPort: inside.relayPort,
    codexPath: options.codex ? join(inside.codex, options.codex.binary) : null,
    path: inside.path,
    sandbox: { bwrapPath: options.innerBwrap, systemArgs: nestedSystemArguments() },
    limits: {
      disk: options.disk,
      memoryEventsFile: options.cgroups.memoryEventsFile && inside.memoryEvents,
      pidsEventsFile: options.cgroups.pidsEventsFile && inside.pidsEvents,
    },
  };
}
