import { createHash } from 'node:crypto';
import { chown, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import type { WorkspaceSpec } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import type { Place } from '../../supervisor/place.ts';
import { createCgroups } from './cgroups.ts';
import type { Cgroups } from './cgroups.ts';
import { makeDisk, makeOwned } from './disk.ts';
import type { Owner } from './disk.ts';
import { doorFolder } from './door-link.ts';
import { launchPlain, launchSandboxed } from './launch.ts';
import type { Isolation } from './probe.ts';
import { currentBootId } from './processes.ts';
import { writeRecord } from './record.ts';
import type { WorkspaceRecord } from './record.ts';
import { sandboxPlace, writeEtc } from './sandbox.ts';
import type { Outside } from './sandbox.ts';
import { plainMarker } from './workspace.ts';

const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface StartInput {
  cacheDir: string;
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
  const place = isolation ? sandboxPlace({ disk: disk.kind, codex, cgroups, innerBwrap: isolation.innerBwrap }) : plainPlace(input);
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

/** Everything lies in the workspace's folder, side by side and open to the agent: that is what `plain` means. */
function plainPlace({ folder, codex, nodePath, doorSocket }: StartInput): Place {
  return {
    privateDir: join(folder, 'private'),
    gitDir: join(folder, 'git'),
    checkoutDir: join(folder, 'checkout'),
    homeDir: join(folder, 'home'),
    attachmentsDir: join(folder, 'home', 'attachments'),
    doorSocket,
    relayPort: 0,
    codexPath: codex ? join(codex.root, codex.binary) : null,
    path: `${plainPath}:${dirname(nodePath)}`,
    sandbox: null,
    limits: { disk: 'watch', memoryEventsFile: null, pidsEventsFile: null },
  };
}
