import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { findCodex } from '../../executors/codex/binary.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import type { ProbeResult, Provisioner, Workspace, WorkspaceSpec } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import type { Place } from '../../supervisor/place.ts';
import { createCgroups, removeCgroups } from './cgroups.ts';
import type { Cgroups } from './cgroups.ts';
import { makeDisk, makeOwned, unmountBelow } from './disk.ts';
import type { Owner } from './disk.ts';
import { doorName, linkDoor } from './door-link.ts';
import { launchPlain, launchSandboxed } from './launch.ts';
import { probeIsolation } from './probe.ts';
import type { Isolation, IsolationProbe } from './probe.ts';
import { currentBootId, findByEnvironment, isAlive, killExactly, waitGone } from './processes.ts';
import { readRecord, writeRecord } from './record.ts';
import type { WorkspaceRecord } from './record.ts';
import { sandboxPlace, writeEtc } from './sandbox.ts';
import type { Outside } from './sandbox.ts';
import { openWorkspace, plainMarker } from './workspace.ts';

export interface LocalProvisionerOptions {
  /** Holds one folder a workspace; absolute. */
  workspacesDir: string;
  /** For the supervisor's bundle. */
  cacheDir: string;
  /** The gateway's door; it may not exist yet. */
  doorSocket: string;
  logger: Logger;
  /** Start agents as plain processes, without any isolation. Only when a person asked for it. */
  unsafePlain?: boolean;
  /** Node for the supervisor; default the one that runs us. */
  nodePath?: string;
}

const workspaceIdShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const doorPollMs = 500;
const killMs = 10_000;
const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Workspaces on this machine: bubblewrap, detached from their maker; or plain processes when asked for. */
export function createLocalProvisioner(options: LocalProvisionerOptions): Provisioner {
  const { workspacesDir, logger } = options;
  const plain = options.unsafePlain ?? false;
  const nodePath = options.nodePath ?? process.execPath;
  const codex = findCodex();
  const creating = new Map<string, Promise<Workspace>>();
  const doors = new Set<string>();
  let isolation: Promise<IsolationProbe> | null = null;
  let doorTimer: NodeJS.Timeout | null = null;

  const folderOf = (workspaceId: string): string => {
    if (!workspaceIdShape.test(workspaceId))
      throw new DomainError('permanent', 'workspace-id', `workspace: ${workspaceId} is not a workspace id`);
    return join(workspacesDir, workspaceId);
  };

  function probeOnce(): Promise<IsolationProbe> {
    isolation ??= probeHere(options.cacheDir, nodePath, codex).then((result) => {
      if (!result.works) isolation = null;
      return result;
    });
    return isolation;
  }

  /** Keeps the door's link good over restarts of the gateway, as long as we know of a living workspace. */
  function keepDoor(folder: string): void {
    linkDoor(options.doorSocket, join(folder, 'gw'));
    doors.add(folder);
    doorTimer ??= setInterval(() => {
      for (const known of doors) {
        if (existsSync(known)) linkDoor(options.doorSocket, join(known, 'gw'));
        else doors.delete(known);
      }
    }, doorPollMs).unref();
  }

  async function adoptRecord(workspaceId: string): Promise<Workspace | null> {
    const folder = folderOf(workspaceId);
    const record = await readRecord(folder);
    if (!record?.init) return null;
    if (record.bootId === currentBootId() && isAlive(record.init)) keepDoor(folder);
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
      const record = await start({
        ...options,
        nodePath,
        codex,
        folder,
        spec,
        isolation: probed?.works ? probed.isolation : null,
        onFolder: keepDoor,
      });
      logger.info('workspace started', { workspaceId: job.workspaceId, plain });
      return openWorkspace(folder, record);
    } catch (error) {
      await clean(folder);
      throw error;
    }
  }

  async function clean(folder: string): Promise<void> {
    doors.delete(folder);
    const record = await readRecord(folder);
    if (record && record.bootId === currentBootId()) await kill(record);
    if (record) removeCgroups(record.cgroups);
    if (!existsSync(folder)) return;
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  return {
    name: 'local',
    async probe() {
      return plain ? plainProbe() : describe(await probeOnce(), options);
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
    async list() {
      const entries = await readdir(workspacesDir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      return entries.filter((entry) => entry.isDirectory() && workspaceIdShape.test(entry.name)).map(({ name }) => name);
    },
  };
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

interface StartInput extends LocalProvisionerOptions {
  nodePath: string;
  codex: CodexFiles | null;
  folder: string;
  spec: WorkspaceSpec;
  isolation: Isolation | null;
  onFolder(folder: string): void;
}

async function start(input: StartInput): Promise<WorkspaceRecord> {
  const { folder, spec, isolation, codex, nodePath } = input;
  const { job } = spec;
  const owner: Owner = isolation?.owner ?? null;
  const bundlePath = await ensureSupervisorBundle(input.cacheDir);
  const privateDir = join(folder, 'private');
  const gitDir = join(folder, 'git');
  const etcDir = join(folder, 'etc');
  for (const path of [privateDir, join(privateDir, 'inbox'), gitDir]) await makeOwned(path, owner);
  input.onFolder(folder);
  writeEtc(etcDir);
  const disk = isolation
    ? await makeDisk(folder, job.limits.diskBytes, owner, input.logger)
    : { checkoutDir: join(folder, 'checkout'), kind: 'watch' as const };
  await makeOwned(disk.checkoutDir, owner);
  const cgroups = isolation
    ? createCgroups(cgroupName(folder), job.limits)
    : ({ dirs: [], memoryEventsFile: null, pidsEventsFile: null } satisfies Cgroups);
  const place = isolation
    ? sandboxPlace({ disk: disk.kind, codex, cgroups, innerBwrap: isolation.innerBwrap })
    : plainPlace(folder, codex, nodePath);
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
  await writeRecord(folder, record);
  for (const [name, content] of [
    ['job.json', job],
    ['place.json', place],
  ] as const) {
    await writeFile(join(privateDir, name), JSON.stringify(content), { mode: 0o600 });
    if (owner !== null) await chown(join(privateDir, name), owner, owner);
  }
  const onStanding = async (launched: Pick<WorkspaceRecord, 'init' | 'monitor'>) => {
    Object.assign(record, launched);
    await writeRecord(folder, record);
  };
  if (!isolation) {
    const marker = plainMarker(job.workspaceId);
    const placePath = join(privateDir, 'place.json');
    await launchPlain({ folder, nodePath, bundlePath, placePath, path: place.path, marker, runToken: spec.runToken, onStanding });
    return record;
  }
  const outside: Outside = {
    privateDir,
    gitDir,
    checkoutDir: disk.checkoutDir,
    gatewayDir: join(folder, 'gw'),
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

/** Everything lies in the workspace's folder, side by side and open to the agent: that is what `plain` means. */
function plainPlace(folder: string, codex: CodexFiles | null, nodePath: string): Place {
  return {
    privateDir: join(folder, 'private'),
    gitDir: join(folder, 'git'),
    checkoutDir: join(folder, 'checkout'),
    homeDir: join(folder, 'home'),
    attachmentsDir: join(folder, 'home', 'attachments'),
    doorSocket: join(folder, 'gw', doorName),
    relayPort: 0,
    codexPath: codex ? join(codex.root, codex.binary) : null,
    path: `${plainPath}:${dirname(nodePath)}`,
    sandbox: null,
    limits: { disk: 'watch', memoryEventsFile: null, pidsEventsFile: null },
  };
}

/** Tries the isolation in a folder of its own, which is gone afterwards. */
async function probeHere(cacheDir: string, nodePath: string, codex: CodexFiles | null): Promise<IsolationProbe> {
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-probe-'));
  try {
    const names = ['private', 'git/objects', 'checkout', 'gw'];
    for (const name of names) await mkdir(join(folder, name), { recursive: true });
    writeEtc(join(folder, 'etc'));
    return await probeIsolation({
      shipped: codex,
      outside: {
        privateDir: join(folder, 'private'),
        gitDir: join(folder, 'git'),
        checkoutDir: join(folder, 'checkout'),
        gatewayDir: join(folder, 'gw'),
        nodePath,
        bundlePath: await ensureSupervisorBundle(cacheDir),
        codex,
        memoryEventsFile: null,
        pidsEventsFile: null,
        etcDir: join(folder, 'etc'),
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function plainProbe(): ProbeResult {
  return {
    usable: true,
    message:
      'UNSAFE: agents run as plain processes without any isolation; they can read and change whatever you can. Use it with code and models that you trust.',
    holds: {
      isolation: 'NONE (--unsafe-plain)',
      network: 'open',
      agent: 'can read the run token',
      memory: 'not limited',
      disk: 'watchdog',
      processes: 'not limited',
    },
  };
}

/** What holds here, found by making the real things once. */
async function describe(probed: IsolationProbe, options: LocalProvisionerOptions): Promise<ProbeResult> {
  if (!probed.works)
    return { usable: false, message: `${probed.message}; or start with --unsafe-plain, without isolation`, holds: { isolation: 'none' } };
  const limits = { memoryBytes: 1024 ** 3, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };
  const cgroups = createCgroups(`astraforge-probe-${process.pid}`, limits);
  removeCgroups(cgroups.dirs);
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-probe-'));
  let disk: 'mount' | 'watch' = 'watch';
  try {
    disk = (await makeDisk(folder, limits.diskBytes, null, options.logger)).kind;
  } finally {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  }
  return {
    usable: true,
    message: 'bubblewrap sandboxes start here, the nested one of the agent too.',
    holds: {
      isolation: `bubblewrap (${probed.isolation.bwrapPath.includes('codex') || probed.isolation.bwrapPath.includes('astraforge') ? "Codex's npm package" : 'system'})`,
      network: 'none but loopback',
      user: probed.isolation.owner === null ? 'yours, without capabilities' : `${probed.isolation.owner}, nobody on this machine`,
      agent: 'nested sandbox: sees neither token, event file nor supervisor',
      memory: cgroups.memoryEventsFile ? 'cgroup' : 'watchdog',
      processes: cgroups.pidsEventsFile ? 'cgroup and prlimit' : 'prlimit and watchdog',
      disk: disk === 'mount' ? 'mounted file system of its size' : 'watchdog',
    },
  };
}
