import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { findCodex } from '../../executors/codex/binary.ts';
import type { Provisioner, Workspace, WorkspaceSpec } from '../../port.ts';
import { removeCgroups } from './cgroups.ts';
import { describeProbe, plainProbe, probeHere } from './describe.ts';
import { removeFolder } from '../host-folder/disk.ts';
import { createDoorKeeper } from '../host-folder/door-link.ts';
import { listFolders, workspaceFolder } from '../host-folder/layout.ts';
import type { IsolationProbe } from './probe.ts';
import { currentBootId, findByEnvironment, isAlive, killExactly, waitGone } from './processes.ts';
import { readRecord } from './record.ts';
import type { WorkspaceRecord } from './record.ts';
import { startWorkspace } from './start.ts';
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
  const doors = createDoorKeeper(options.doorSocket);
  let isolation: Promise<IsolationProbe> | null = null;

  const folderOf = (workspaceId: string): string => workspaceFolder(workspacesDir, workspaceId);

  function probeOnce(): Promise<IsolationProbe> {
    isolation ??= probeHere(options.cacheDir, nodePath, codex).then((result) => {
      if (!result.works) isolation = null;
      return result;
    });
    return isolation;
  }

  async function adoptRecord(workspaceId: string): Promise<Workspace | null> {
    const folder = folderOf(workspaceId);
    const record = await readRecord(folder);
    if (!record?.init) return null;
    if (record.bootId === currentBootId() && isAlive(record.init)) doors.keep(folder);
    return openWorkspace(folder, record);
  }

  async function make(spec: WorkspaceSpec): Promise<Workspace> {
    const { job } = spec;
    const existing = await adoptRecord(job.workspaceId);
    if (existing && (await existing.state()).status === 'running') return existing;
    const folder = folderOf(job.workspaceId);
    await clean(folder);
    const probed = plain ? null : await probeOnce();
    if (probed && !probed.works)
      throw new DomainError('permanent', 'isolation', `workspace: ${probed.message}; or start with --unsafe-plain`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const record = await startWorkspace({
        ...options,
        nodePath,
        codex,
        folder,
        spec,
        isolation: probed?.works ? probed.isolation : null,
        onFolder: doors.keep,
      });
      logger.info('workspace started', { workspaceId: job.workspaceId, plain });
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
    async probe() {
      return plain ? plainProbe() : describeProbe(await probeOnce(), logger);
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
    destroy: (workspaceId) => clean(folderOf(workspaceId)),
    list: () => listFolders(workspacesDir),
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
