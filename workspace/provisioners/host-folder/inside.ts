import { join } from 'node:path';
import { doorPort } from '../../../workflows/contracts/workspace.ts';
import type { Place } from '../../supervisor/place.ts';

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
  relayPort: doorPort,
  /** The host's own programs first: ours is there for machines without Node. */
  path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/astraforge/bin',
} as const;

/** What the supervisor is told about its place in a sandbox or a container. `codexBinary` and `bwrapPath` as they are inside. */
export function insidePlace(options: {
  disk: 'mount' | 'watch';
  codexPath: string | null;
  memoryEventsFile: string | null;
  pidsEventsFile: string | null;
  bwrapPath: string;
}): Place {
  return {
    privateDir: inside.privateDir,
    gitDir: inside.gitDir,
    checkoutDir: inside.checkoutDir,
    homeDir: inside.homeDir,
    attachmentsDir: inside.attachmentsDir,
    doorSocket: join(inside.gateway, 'door.sock'),
    relayPort: inside.relayPort,
    codexPath: options.codexPath,
    path: inside.path,
    sandbox: { bwrapPath: options.bwrapPath },
    launch: null,
    marker: null,
    limits: { disk: options.disk, memoryEventsFile: options.memoryEventsFile, pidsEventsFile: options.pidsEventsFile },
  };
}
