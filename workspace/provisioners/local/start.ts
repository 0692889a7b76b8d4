import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import type { WorkspaceSpec } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import type { Place } from '../../supervisor/place.ts';
import { createCgroups } from './cgroups.ts';
import type { Cgroups } from './cgroups.ts';
import { makeDisk, makeOwned } from '../host-folder/disk.ts';
import type { Owner } from '../host-folder/disk.ts';
import { doorFolder } from '../host-folder/door-link.ts';
import { writeEtc } from '../host-folder/etc.ts';
import { inside, insidePlace } from '../host-folder/inside.ts';
import { folderPaths, makePrivateFolders, writeJob } from '../host-folder/layout.ts';
import { bringObjects } from '../host-folder/objects.ts';
import { saveRecord } from '../host-folder/record.ts';
import { launchPlain, launchSandboxed } from './launch.ts';
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
  spec: WorkspaceSpec;
  isolation: Isolation | null;
  onFolder(folder: string): void;
}

/** Lays a workspace's folder out and starts its supervisor; null isolation means plain mode. Resolves once it stands and has its token. */
export async function startWorkspace(input: StartInput): Promise<WorkspaceRecord> {
  const { folder, spec, isolation, codex, nodePath } = input;
  const { job } = spec;
  const owner: Owner = isolation?.owner ?? null;
  const bundlePath = await ensureSupervisorBundle(input.cacheDir);
  const { privateDir, gitDir, etcDir, placeFile } = folderPaths(folder);
  await makePrivateFolders(folder, owner);
  await bringObjects({ runsDir: input.runsDir, runId: job.runId, folder, owner, logger: input.logger });
  input.onFolder(folder);
  writeEtc(etcDir);
  const disk = isolation
    ? await makeDisk(folder, job.limits.diskBytes, owner, input.logger)
    : { checkoutDir: join(folder, 'checkout'), kind: 'watch' as const };
  await makeOwned(disk.checkoutDir, owner);
  const cgroups = isolation
    ? createCgroups(cgroupName(folder), job.limits)
    : ({ dirs: [], memoryEventsFile: null, pidsEventsFile: null } satisfies Cgroups);
  const place = isolation ? sandboxPlace(disk.kind, codex, cgroups, isolation) : plainPlace(input);
  const record: WorkspaceRecord = {
    schema: 1,
    workspaceId: job.workspaceId,
    init: null,
    monitor: null,
    bootId: currentBootId(),
    plain: isolation === null,
    cgroups: cgroups.dirs,
    memoryEventsFile: cgroups.memoryEventsFile,
    pidsEventsFile: cgroups.pidsEventsFile,
    outputBytes: job.limits.outputBytes,
    createdAtMs: Date.now(),
  };
  await saveRecord(folder, record);
  await writeJob(folder, { job, place }, owner);
  const onStanding = async (launched: Pick<WorkspaceRecord, 'init' | 'monitor'>) => {
    Object.assign(record, launched);
    await saveRecord(folder, record);
  };
  if (!isolation) {
    const marker = plainMarker(job.workspaceId);
    await launchPlain({
      folder,
      nodePath,
      bundlePath,
      placePath: placeFile,
      path: place.path,
      marker,
      runToken: spec.runToken,
      onStanding,
    });
    return record;
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
  await launchSandboxed({
    folder,
    start: isolation,
    outside,
    limits: job.limits,
    cgroups: cgroups.dirs,
    runToken: spec.runToken,
    onStanding,
  });
  return record;
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
function plainPlace({ folder, codex, nodePath, doorSocket, spec }: StartInput): Place {
  return {
    privateDir: folderPaths(folder).privateDir,
    gitDir: folderPaths(folder).gitDir,
    checkoutDir: join(folder, 'checkout'),
    homeDir: join(folder, 'home'),
    attachmentsDir: join(folder, 'home', 'attachments'),
    doorSocket,
    relayPort: 0,
    codexPath: codex ? join(codex.root, codex.binary) : null,
    path: `${plainPath}:${dirname(nodePath)}`,
    sandbox: null,
    marker: plainMarker(spec.job.workspaceId),
    limits: { disk: 'watch', memoryEventsFile: null, pidsEventsFile: null },
  };
}
