import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { maxSocketPathBytes } from '../../../config/paths.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import type { WorkspaceSpec } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import type { Place } from '../../supervisor/place.ts';
import { createCgroups } from './cgroups.ts';
import type { Cgroups } from './cgroups.ts';
import { makeDisk, makeOwned } from '../host-folder/disk.ts';
import type { Owner } from '../host-folder/disk.ts';
import { doorFolder, doorLink } from '../host-folder/door-link.ts';
import { writeEtc } from '../host-folder/etc.ts';
import { inside, insidePlace } from '../host-folder/inside.ts';
import { folderPaths, makePrivateFolders, writeJob, writePlace } from '../host-folder/layout.ts';
import { bringObjects } from '../host-folder/objects.ts';
import { saveRecord } from '../host-folder/record.ts';
import { launchPlain, launchSandboxed } from './launch.ts';
import type { Waiting } from './launch.ts';
import type { Isolation } from './probe.ts';
import { currentBootId } from './processes.ts';
import type { WorkspaceRecord } from './record.ts';
import type { Outside } from './sandbox.ts';
import { plainMarker } from './workspace.ts';

const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface StartInput {
  cacheDir: string;
  runsDir?: string;
  doorSocket: string;
  logger: Logger;
  nodePath: string;
  codex: CodexFiles | null;
  folder: string;
  workspaceId: string;
  limits: WorkspaceLimits;
  isolation: Isolation | null;
  onFolder(folder: string): void;
}

/** A place that stands and whose supervisor waits for its job. */
export interface BegunWorkspace {
  /** Hands job and token over; from here on the place is whole. */
  finish(spec: WorkspaceSpec): Promise<WorkspaceRecord>;
}

/** Lays a workspace's folder out and starts its supervisor, which waits; null isolation means plain mode. */
export async function beginWorkspace(input: StartInput): Promise<BegunWorkspace> {
  const { folder, limits, isolation, codex, nodePath } = input;
  const owner: Owner = isolation?.owner ?? null;
  const bundlePath = await ensureSupervisorBundle(input.cacheDir);
  const { privateDir, gitDir, etcDir, placeFile } = folderPaths(folder);
  await makePrivateFolders(folder, owner);
  input.onFolder(folder);
  writeEtc(etcDir);
  const disk = isolation
    ? await makeDisk(folder, limits.diskBytes, owner, input.logger)
    : { checkoutDir: join(folder, 'checkout'), kind: 'watch' as const };
  await makeOwned(disk.checkoutDir, owner);
  const cgroups = isolation
    ? createCgroups(cgroupName(folder), limits)
    : ({ dirs: [], memoryEventsFile: null, pidsEventsFile: null } satisfies Cgroups);
  const place = isolation ? sandboxPlace(disk.kind, codex, cgroups, isolation) : plainPlace(input);
  const record: WorkspaceRecord = {
    schema: 1,
    workspaceId: input.workspaceId,
    init: null,
    monitor: null,
    bootId: currentBootId(),
    plain: isolation === null,
    cgroups: cgroups.dirs,
    memoryEventsFile: cgroups.memoryEventsFile,
    pidsEventsFile: cgroups.pidsEventsFile,
    outputBytes: limits.outputBytes,
    createdAtMs: Date.now(),
  };
  await saveRecord(folder, record);
  await writePlace(folder, place, owner);
  const onStanding = async (launched: Pick<WorkspaceRecord, 'init' | 'monitor'>) => {
    Object.assign(record, launched);
    await saveRecord(folder, record);
  };
  const finishing = (waiting: Waiting): BegunWorkspace => ({
    async finish({ job, runToken }) {
      await bringObjects({ runsDir: input.runsDir, runId: job.runId, folder, owner, logger: input.logger });
      await writeJob(folder, job, owner);
      await waiting.giveToken(runToken);
      return record;
    },
  });
  if (!isolation) {
    const marker = plainMarker(input.workspaceId);
    return finishing(await launchPlain({ folder, nodePath, bundlePath, placePath: placeFile, path: place.path, marker, onStanding }));
  }
  const outside: Outside = {
    privateDir,
    gitDir,
    checkoutDir: disk.checkoutDir,
    gatewayDir: doorFolder(input.doorSocket, folder),
    nodePath,
    bundlePath,
    codex,
    memoryEventsFile: cgroups.memoryEventsFile,
    pidsEventsFile: cgroups.pidsEventsFile,
    etcDir,
  };
  return finishing(await launchSandboxed({ folder, start: isolation, outside, limits, cgroups: cgroups.dirs, onStanding }));
}

function cgroupName(folder: string): string {
  return `astraforge-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
}

function sandboxPlace(disk: 'mount' | 'watch', codex: CodexFiles | null, cgroups: Cgroups, isolation: Isolation): Place {
  return insidePlace({
    disk,
    codexPath: codex && join(inside.codex, codex.binary),
    memoryEventsFile: cgroups.memoryEventsFile && inside.memoryEvents,
    pidsEventsFile: cgroups.pidsEventsFile && inside.pidsEvents,
    bwrapPath: isolation.innerBwrap,
  });
}

/** Everything lies in the workspace's folder, side by side and open to the agent: that is what `plain` means. */
function plainPlace({ folder, codex, nodePath, doorSocket, workspaceId }: StartInput): Place {
  return {
    privateDir: folderPaths(folder).privateDir,
    gitDir: folderPaths(folder).gitDir,
    checkoutDir: join(folder, 'checkout'),
    homeDir: join(folder, 'home'),
    attachmentsDir: join(folder, 'home', 'attachments'),
    doorSocket: plainDoor(doorSocket, folder),
    relayPort: 0,
    codexPath: codex ? join(codex.root, codex.binary) : null,
    path: `${plainPath}:${dirname(nodePath)}`,
    sandbox: null,
    launch: null,
    marker: plainMarker(workspaceId),
    limits: { disk: 'watch', memoryEventsFile: null, pidsEventsFile: null },
  };
}

/** The link by which it is served by the gateway of its moment: a sandbox sees the same one by a short name. */
function plainDoor(doorSocket: string, folder: string): string {
  const link = doorLink(doorSocket, folder);
  if (Buffer.byteLength(link) <= maxSocketPathBytes) return link;
  throw new DomainError(
    'permanent',
    'socket-path-long',
    `workspace: the link to its gateway, ${link}, is longer than ${maxSocketPathBytes} bytes. Choose a shorter GATEWAY_DOOR_SOCKET`,
  );
}
