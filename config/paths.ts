import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DomainError } from '../workflows/contracts/errors.ts';

/** `sun_path` of sockaddr_un(7) is 108 bytes with its closing zero. */
export const maxSocketPathBytes = 107;

export interface StatePaths {
  root: string;
  postgres: string;
  temporal: string;
  mirrors: string;
  runs: string;
  snapshots: string;
  /** Says which folder it is to gateways that share it. */
  gatewayFolderId: string;
  /** Files by which gateways take turns. */
  gatewayLocks: string;
  sockets: string;
  hosts: string;
  keys: string;
  logs: string;
  forge: string;
  cache: string;
  processesFile: string;
  portsFile: string;
  lockFile: string;
  host(hostId: string): string;
  workspaces(hostId: string): string;
  workspace(hostId: string, workspaceId: string): string;
  log(process: string): string;
  /** The sockets of a gateway by its name. */
  socketsOf(gatewayId: string): { door: string; service: string };
}

/** The service socket of a gateway whose id (GATEWAY_ID) is as long as may be; a workspace's link to a door is shorter. */
const longestInSockets = `service-${'x'.repeat(20)}.sock`;

/** Name of the gateway of an installation that has one. */
export const onlyGateway = 'local';

/**
 * Every path inside a state folder, absolute. Pure: creates nothing. Sockets move to the temporary folder when their path would be too
 * long.
 */
export function statePaths(stateDir: string): StatePaths {
  const root = resolve(stateDir);
  const sockets = socketFolder(root);
  const hosts = join(root, 'hosts');
  const workspaces = (hostId: string) => join(hosts, hostId, 'workspaces');
  return {
    root,
    postgres: join(root, 'postgres'),
    temporal: join(root, 'temporal'),
    mirrors: join(root, 'gateway', 'mirrors'),
    runs: join(root, 'gateway', 'runs'),
    snapshots: join(root, 'gateway', 'snapshots'),
    gatewayFolderId: join(root, 'gateway', 'folder-id'),
    gatewayLocks: join(root, 'gateway', 'locks'),
    sockets,
    hosts,
    keys: join(root, 'keys'),
    logs: join(root, 'logs'),
    forge: join(root, 'forge'),
    cache: join(root, 'cache'),
    processesFile: join(root, 'processes.json'),
    portsFile: join(root, 'ports.json'),
    lockFile: join(root, 'lock'),
    host: (hostId) => join(hosts, hostId),
    workspaces,
    workspace: (hostId, workspaceId) => join(workspaces(hostId), workspaceId),
    log: (process) => join(root, 'logs', `${process}.log`),
    socketsOf: (gatewayId) => {
      const suffix = gatewayId === onlyGateway ? '' : `-${gatewayId}`;
      return { door: join(sockets, `door${suffix}.sock`), service: join(sockets, `service${suffix}.sock`) };
    },
  };
}

/** Where what any installation of this user can use again is kept: programs of wheels, bundled workflows. Pure: creates nothing. */
export function programCache(home: string = homedir()): string {
  return join(home, '.cache', 'astraforge');
}

/**
 * Makes the folder for sockets, 0700 and ours. In a shared temporary folder somebody else could have made it first: then
 * DomainError `socket-folder-foreign`.
 */
export function ensureSocketFolder(paths: StatePaths): void {
  mkdirSync(paths.sockets, { recursive: true, mode: 0o700 });
  const found = lstatSync(paths.sockets);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new DomainError(
      'permanent',
      'socket-folder-foreign',
      `start: ${paths.sockets} belongs to somebody else; remove it or choose a shorter STATE_DIR`,
    );
  }
  chmodSync(paths.sockets, 0o700);
}

function socketFolder(root: string): string {
  const inside = join(root, 'gateway', 'sockets');
  if (Buffer.byteLength(join(inside, longestInSockets)) <= maxSocketPathBytes) return inside;
  return join(tmpdir(), `astraforge-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
}
