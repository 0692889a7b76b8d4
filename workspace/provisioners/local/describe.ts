import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { unsafePlainWarning } from '../../../config/warnings.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import type { ProbeResult } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import { createCgroups, removeCgroups } from './cgroups.ts';
import { makeDisk, unmountBelow } from '../host-folder/disk.ts';
import { writeEtc } from '../host-folder/etc.ts';
import { probeIsolation } from './probe.ts';
import type { IsolationProbe } from './probe.ts';

/** Tries the isolation in a folder of its own, which is gone afterwards. */
export async function probeHere(cacheDir: string, nodePath: string, codex: CodexFiles | null): Promise<IsolationProbe> {
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

/** Says loudly that nothing holds. */
export function plainProbe(): ProbeResult {
  return {
    usable: true,
    message: unsafePlainWarning,
    holds: {
      isolation: 'NONE (--unsafe-plain)',
      network: 'open',
      agent: 'can read the run token',
      memory: 'watchdog, of what stays its child or keeps its environment',
      disk: 'watchdog',
      processes: 'watchdog, of what stays its child or keeps its environment',
    },
  };
}

/** What holds here, found by making the real things once. */
export async function describeProbe(probed: IsolationProbe, logger: Logger): Promise<ProbeResult> {
  if (!probed.works)
    return { usable: false, message: `${probed.message}; or start with --unsafe-plain, without isolation`, holds: { isolation: 'none' } };
  const limits = { memoryBytes: 1024 ** 3, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };
  const cgroups = createCgroups(`astraforge-probe-${process.pid}`, limits);
  removeCgroups(cgroups.dirs);
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-probe-'));
  let disk: 'mount' | 'watch';
  try {
    disk = (await makeDisk(folder, limits.diskBytes, null, logger)).kind;
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
      processes: cgroups.pidsEventsFile ? 'cgroup' : 'prlimit and watchdog',
      disk: disk === 'mount' ? 'mounted file system of its size' : 'watchdog',
    },
  };
}
