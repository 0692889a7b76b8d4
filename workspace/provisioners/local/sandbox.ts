import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import { systemMounts } from '../../supervisor/system-mounts.ts';
import type { Owner } from '../host-folder/disk.ts';
import { ownEtcNames } from '../host-folder/etc.ts';
import { inside } from '../host-folder/inside.ts';

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
    ...ownEtcNames.flatMap((name) => ['--ro-bind', join(outside.etcDir, name), join('/etc', name)]),
  ];
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--new-session', '--uid', '1000', '--gid', '1000', '--hostname', 'workspace', '--cap-drop', 'ALL', '--clearenv'],
    ...['--setenv', 'PATH', inside.path, '--setenv', 'HOME', '/nonexistent', '--setenv', 'LANG', 'C.UTF-8'],
    ...systemMounts(),
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
