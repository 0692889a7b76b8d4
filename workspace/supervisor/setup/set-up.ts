import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { SupervisorJob } from '../../../workflows/contracts/supervisor.ts';
import type { Parts } from '../parts.ts';
import type { Roots } from './folders.ts';
import { packSetup } from './pack.ts';
import { unpackSetup } from './unpack.ts';
import { listSetupPaths } from './paths.ts';

type Snapshot = NonNullable<SupervisorJob['snapshot']>;

/**
 * Prepares the checkout: where the job says so, lays out what an earlier setup of the same key made; else runs the project's command,
 * and then keeps what it made. Nothing but the command itself, or a limit that is broken, fails it. DomainErrors `setup-failed`, a broken
 * limit.
 */
export async function setUp(parts: Parts, command: string): Promise<void> {
  // Without isolation each place has paths of its own, which what was installed may hold.
  const snapshot = parts.place.marker === null ? parts.job.snapshot : null;
  if (snapshot && (await useSnapshot(parts, snapshot))) return;
  await runSetup(parts, command);
  if (snapshot) await keepSnapshot(parts, snapshot);
}

async function runSetup({ programs, log, state }: Parts, command: string): Promise<void> {
  const { exitCode } = await programs.run(command, { timeoutMs: null, onText: (text) => log.emit('setup.output', { text }) });
  requireLimits(state);
  if (exitCode !== 0) throw new DomainError('permanent', 'setup-failed', `setup: the command ended with exit code ${exitCode ?? 'none'}`);
}

/** True when the checkout is prepared. */
async function useSnapshot(parts: Parts, { key, maxBytes }: Snapshot): Promise<boolean> {
  const { log, setupDoor, state } = parts;
  const startedAt = performance.now();
  try {
    const content = await setupDoor.read(key);
    if (content === null) return false;
    const { sizeBytes } = await unpackSetup({ content, roots: rootsOf(parts), maxBytes });
    requireLimits(state);
    say(parts, `the snapshot ${shortOf(key)} of an earlier one was used instead of running it (${sizeAndTime(sizeBytes, startedAt)})`);
    return true;
  } catch (error) {
    requireLimits(state);
    log.emit('warning', { message: `setup: the snapshot of an earlier one was not used, so it is run: ${messageOf(error)}` });
    const isBroken = error instanceof DomainError && error.code === 'setup-snapshot-broken';
    // One that cannot be thrown away stays, and the next workspace says so again.
    if (isBroken) await setupDoor.drop(key).catch(() => undefined);
    return false;
  }
}

async function keepSnapshot(parts: Parts, { key, maxBytes }: Snapshot): Promise<void> {
  const { git, log, place, setupDoor, state } = parts;
  const startedAt = performance.now();
  try {
    const paths = await listSetupPaths(git, place.checkoutDir);
    const { content, done } = packSetup({ roots: rootsOf(parts), paths, maxBytes });
    const [stored, packed] = await Promise.allSettled([setupDoor.keep(key, content), done]);
    // An upload that the gateway refused is why the rest was not packed; otherwise the other way round.
    if (stored.status === 'rejected' && stored.reason instanceof DomainError) throw stored.reason;
    if (packed.status === 'rejected') throw packed.reason;
    if (stored.status === 'rejected') throw stored.reason;
    const how = stored.value === 'kept' ? 'what it made was kept for the next workspace' : 'another workspace kept what it made';
    say(parts, `${how} as snapshot ${shortOf(key)} (${sizeAndTime(packed.value.sizeBytes, startedAt)})`);
  } catch (error) {
    requireLimits(state);
    log.emit('warning', { message: `setup: what it made was not kept for the next workspace: ${messageOf(error)}` });
  }
}

function rootsOf({ place }: Parts): Roots {
  return { work: place.checkoutDir, home: place.homeDir };
}

function requireLimits({ broken }: Parts['state']): void {
  if (broken) throw new DomainError('permanent', broken.reason, `setup: ${broken.message}`);
}

function say({ log }: Parts, words: string): void {
  log.emit('setup.output', { text: `setup: ${words}\n` });
}

function shortOf(key: string): string {
  return key.slice(0, 12);
}

function sizeAndTime(sizeBytes: number, startedAt: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB, ${Math.round(performance.now() - startedAt)} ms`;
}
