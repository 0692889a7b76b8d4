import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import { findCodex } from '../../executors/codex/binary.ts';
import type { Provisioner, Workspace, WorkspaceSpec } from '../../port.ts';
import { createBeginnings } from './beginnings.ts';
import { removeCgroups } from './cgroups.ts';
import { describeProbe, plainProbe, probeHere } from './describe.ts';
import { removeFolder } from '../host-folder/disk.ts';
import { createDoorKeeper } from '../host-folder/door-link.ts';
import type { DoorChoice } from '../host-folder/door-link.ts';
import { folderPaths, listFolders, workspaceFolder } from '../host-folder/layout.ts';
import type { IsolationProbe } from './probe.ts';
import { currentBootId, findByEnvironment, isAlive, killExactly, waitGone } from './processes.ts';
import { readRecord } from './record.ts';
import type { WorkspaceRecord } from './record.ts';
import { beginWorkspace } from './start.ts';
import type { BegunWorkspace } from './start.ts';
import { openWorkspace, plainMarker } from './workspace.ts';

export interface LocalProvisionerOptions {
  /** Holds one folder a workspace; absolute. */
  workspacesDir: string;
  /** For the supervisor's bundle. */
  cacheDir: string;
  /** The gateway's repositories of runs, where they are on this machine: objects are taken from there. */
  runsDir?: string;
  /** The gateway's door; it may not exist yet. */
  doorSocket: string;
  /** Where there are several gateways: the one of a workspace. */
  chooseDoor?: DoorChoice;
  logger: Logger;
  /** Start agents as plain processes, without any isolation. Only when a person asked for it. */
  unsafePlain?: boolean;
  /** Node for the supervisor; default the one that runs us. */
  nodePath?: string;
}

const killMs = 10_000;

/** Workspaces on this machine: bubblewrap, detached from their maker; or plain processes when asked for. */
export function createLocalProvisioner(options: LocalProvisionerOptions): Provisioner {
  const { workspacesDir, logger } = options;
  const plain = options.unsafePlain ?? false;
  const nodePath = options.nodePath ?? process.execPath;
  const codex = findCodex();
  const creating = new Map<string, Promise<Workspace>>();
  const beginnings = createBeginnings(logger);
  const doors = createDoorKeeper(options.doorSocket, options.chooseDoor);
  const probeOnce = untilItWorks(() => probeHere(options.cacheDir, nodePath, codex));

  const folderOf = (workspaceId: string): string => workspaceFolder(workspacesDir, workspaceId);

  async function adoptRecord(workspaceId: string): Promise<Workspace | null> {
    const folder = folderOf(workspaceId);
    const record = await readRecord(folder);
    // Without its job it was only begun.
    if (!record?.init || !existsSync(folderPaths(folder).jobFile)) return null;
    if (record.bootId === currentBootId() && isAlive(record.init)) doors.keep(folder);
    return openWorkspace(folder, record);
  }

  /** From an empty folder to a supervisor that waits for its job. */
  async function stand(workspaceId: string, limits: WorkspaceLimits): Promise<BegunWorkspace> {
    const folder = folderOf(workspaceId);
    await clean(folder);
    const probed = plain ? null : await probeOnce();
    if (probed && !probed.works)
      throw new DomainError('permanent', 'isolation', `workspace: ${probed.message}; or start with --unsafe-plain`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const isolation = probed?.works ? probed.isolation : null;
      return await beginWorkspace({ ...options, nodePath, codex, folder, workspaceId, limits, isolation, onFolder: doors.keep });
    } catch (error) {
      await clean(folder);
      throw error;
    }
  }

  async function make(spec: WorkspaceSpec): Promise<Workspace> {
    const { workspaceId, limits } = spec.job;
    const existing = await adoptRecord(workspaceId);
    if (existing && (await existing.state()).status === 'running') return existing;
    const folder = folderOf(workspaceId);
    const begun = (await beginnings.take(workspaceId)) ?? (await stand(workspaceId, limits));
    try {
      const record = await begun.finish(spec);
      logger.info('workspace started', { workspaceId, plain });
      return openWorkspace(folder, record);
    } catch (error) {
      await clean(folder);
      throw error;
    }
  }

  async function clean(folder: string): Promise<void> {
    doors.drop(folder);
    await removeWorkspace(folder);
  }

  return {
    name: 'local',
    // Everything inside is of this machine.
    offers: [],
    async probe() {
      return plain ? plainProbe() : describeProbe(await probeOnce(), logger);
    },
    async begin(workspaceId, limits) {
      if (beginnings.has(workspaceId) || creating.has(workspaceId) || existsSync(folderOf(workspaceId))) return;
      await beginnings.add(workspaceId, () => stand(workspaceId, limits));
    },
    create(spec) {
      const { workspaceId } = spec.job;
      const running = creating.get(workspaceId);
      if (running) return running;
      const made = make(spec).finally(() => creating.delete(workspaceId));
      creating.set(workspaceId, made);
      return made;
    },
    adopt: adoptRecord,
    async destroy(workspaceId) {
      // Of a place that is still being made something would be left: a disk that is mounted after the look for mounts.
      await Promise.allSettled([creating.get(workspaceId), beginnings.take(workspaceId)]);
      await clean(folderOf(workspaceId));
    },
    list: async () => (await listFolders(workspacesDir)).filter((workspaceId) => !beginnings.has(workspaceId)),
  };
}

/** Probes once a process, and again after a failure. */
function untilItWorks(probe: () => Promise<IsolationProbe>): () => Promise<IsolationProbe> {
  let found: Promise<IsolationProbe> | null = null;
  return () => {
    found ??= probe().then((result) => {
      if (!result.works) found = null;
      return result;
    });
    return found;
  };
}

/** Ends everything in a workspace and removes its files, mounts and groups, whatever state it is in. */
async function removeWorkspace(folder: string): Promise<void> {
  const record = await readRecord(folder);
  if (record && record.bootId === currentBootId()) await kill(record);
  if (record) removeCgroups(record.cgroups);
  await removeFolder(folder);
}

/** Kills every process of a workspace and waits until they are gone. */
async function kill(record: WorkspaceRecord): Promise<void> {
  killExactly(record.init);
  if (record.plain) {
    const strays = () => findByEnvironment(plainMarker(record.workspaceId));
    for (let found = strays(); found.length > 0; found = strays()) {
      for (const stray of found) killExactly(stray);
      await waitGone(found, killMs);
    }
  }
  await waitGone([record.init], killMs);
  killExactly(record.monitor);
  await waitGone([record.monitor], killMs);
}
