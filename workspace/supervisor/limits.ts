import { readFileSync, statfsSync } from 'node:fs';
import { readdir, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailureReason } from '../../workflows/contracts/run.ts';
import type { WorkspaceLimits } from '../../workflows/contracts/supervisor.ts';
import type { Place } from './place.ts';
import type { ContainerUsage } from './launcher/protocol.ts';
import { readProcesses, type ProcessUsage } from './processes.ts';

const pollMs = 500;
/** A full walk of the checkout may take this share of the time at most. */
const walkShare = 0.1;
const fullShare = 0.98;

/** What the watchdog saw of the processes around it, without its own. */
export interface Usage extends ProcessUsage {
  diskBytes: number;
  /** Out-of-memory kills since the last look, by the kernel's count; null where it does not count. */
  oomKills: number | null;
  /** Starts of processes that the kernel refused since the last look; null where it does not count. */
  refusedStarts: number | null;
}

/** Which limit is broken, if any. Pure. */
function brokenLimit(usage: Usage, limits: WorkspaceLimits): { reason: FailureReason; message: string } | null {
  if ((usage.oomKills ?? 0) > 0 || (usage.oomKills === null && usage.residentBytes > limits.memoryBytes)) {
    return { reason: 'agent-memory', message: `out of memory at ${binarySize(limits.memoryBytes)}` };
  }
  // The kernel may count by a wider limit than ours, which has room for others; and who was refused one may be gone before the next look.
  if ((usage.refusedStarts ?? 0) > 0 || usage.tasks >= limits.processes * fullShare) {
    return { reason: 'agent-processes', message: `the agent started more than ${limits.processes} processes` };
  }
  if (usage.diskBytes >= limits.diskBytes * fullShare) {
    return { reason: 'agent-disk', message: `the agent filled its disk of ${binarySize(limits.diskBytes)}` };
  }
  return null;
}

/** `4 GiB`, `1.5 GiB`, `700 MiB`. */
function binarySize(bytes: number): string {
  const [unit, size] = bytes >= 1024 ** 3 ? ['GiB', 1024 ** 3] : ['MiB', 1024 ** 2];
  return `${Number((bytes / size).toFixed(1))} ${unit}`;
}

export interface Broken {
  reason: FailureReason;
  message: string;
}

export interface LimitWatch {
  /** Looks now: a limit may have been broken, and its breaker gone, since the last look. */
  look(): Broken | null;
  close(): void;
}

/** Looks twice a second and calls `onBroken` for each look that finds a limit broken. `elsewhere`: reports of the agent's containers, where it has its own. */
export function watchLimits(options: {
  place: Place;
  limits: WorkspaceLimits;
  elsewhere: (() => ContainerUsage[]) | null;
  onBroken: (broken: Broken) => void;
}): LimitWatch {
  const { place, limits } = options;
  const usage = options.elsewhere === null ? usageHere(place) : usageElsewhere(options.elsewhere);
  let diskBytes = 0;
  let walking = false;
  let nextWalkMs = 0;

  async function walk(): Promise<void> {
    walking = true;
    const startedMs = Date.now();
    diskBytes = (await folderBytes(place.checkoutDir)) + (place.sandbox ? 0 : await folderBytes(place.homeDir));
    nextWalkMs = Date.now() + Math.max(pollMs, (Date.now() - startedMs) / walkShare);
    walking = false;
  }

  function look(): Broken | null {
    if (place.limits.disk === 'mount') diskBytes = mountBytes(place.checkoutDir, limits.diskBytes);
    else if (!walking && Date.now() >= nextWalkMs) void walk();
    const broken = brokenLimit({ ...usage(), diskBytes }, limits);
    if (broken) options.onBroken(broken);
    return broken;
  }

  const timer = setInterval(look, pollMs);
  return { look, close: () => clearInterval(timer) };
}

type UsageSource = () => Omit<Usage, 'diskBytes'>;

function usageHere(place: Place): UsageSource {
  const oomKills = createCounter(place.limits.memoryEventsFile, /^oom_kill (\d+)$/m);
  const refusedStarts = createCounter(place.limits.pidsEventsFile, /^max (\d+)$/m);
  return () => ({ ...readProcesses(place.marker), oomKills: oomKills(), refusedStarts: refusedStarts() });
}

/** Sums up what the agent's containers reported last. */
function usageElsewhere(reports: () => ContainerUsage[]): UsageSource {
  const seen = { oomKills: 0, refusedStarts: 0 };
  const grown = (name: keyof typeof seen, all: readonly ContainerUsage[]): number | null => {
    if (all.length === 0 || all.some((report) => report[name] === null)) return null;
    const before = seen[name];
    seen[name] = sum(all.map((report) => report[name] ?? 0));
    return seen[name] - before;
  };
  return () => {
    const all = reports();
    return {
      tasks: sum(all.map(({ tasks }) => tasks)),
      residentBytes: sum(all.map(({ residentBytes }) => residentBytes)),
      oomKills: grown('oomKills', all),
      refusedStarts: grown('refusedStarts', all),
    };
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Reads by how much a counter of the kernel grew since the last call; always null without a file. */
function createCounter(file: string | null, line: RegExp): () => number | null {
  const read = () => (file === null ? 0 : Number(line.exec(readFileSync(file, 'utf8'))?.[1] ?? 0));
  let seen = read();
  return () => {
    if (file === null) return null;
    const before = seen;
    seen = read();
    return seen - before;
  };
}

/** Used share of the mount, scaled to the limit: the file system keeps some of its size for itself. */
function mountBytes(path: string, limitBytes: number): number {
  const { blocks, bavail } = statfsSync(path);
  return blocks === 0 ? 0 : ((blocks - bavail) / blocks) * limitBytes;
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(path);
    else
      bytes += await lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
  }
  return bytes;
}
