import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../cli/processes/identity.ts';
import { readProcessRecord } from '../cli/processes/record.ts';
import { statePaths } from '../config/paths.ts';

// @rooms cli config
const root = join(import.meta.dirname, '..');

/** `npm start` as a person types it: npm, its shell, the launcher, the supervisor and all that it starts. */
describe('npm start', () => {
  let stateDir: string;
  let npm: ChildProcess | null = null;
  let last: ProcessIdentity[] = [];

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'af-'));
  });

  afterEach(async () => {
    if (npm?.pid && npm.exitCode === null && npm.signalCode === null) {
      npm.kill('SIGTERM');
      await once(npm, 'exit');
    }
    // npm does not wait for what it started.
    await untilGone(last);
    await rm(stateDir, { recursive: true, force: true });
  });

  async function start(): Promise<{ child: ChildProcess; identities: ProcessIdentity[] }> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', STATE_DIR: stateDir, PROVISIONER: 'local' };
    const child = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    npm = child;
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    while (!output.includes('serving')) {
      if (child.exitCode !== null) throw new Error(`npm start ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { supervisor, processes } = readProcessRecord(statePaths(stateDir).processesFile);
    const identities = [...(supervisor ? [supervisor] : []), ...processes];
    last = identities;
    expect(processes.map(({ name }) => name).toSorted()).toEqual(['api', 'gateway', 'laptop', 'postgres', 'temporal']);
    return { child, identities };
  }

  async function untilGone(identities: ProcessIdentity[]): Promise<void> {
    while (identities.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  it('ends everything on Ctrl-C, and starts again on the same state with the same address', async () => {
    const first = await start();
    const ports = await readFile(statePaths(stateDir).portsFile, 'utf8');
    // A terminal sends it to the whole group.
    process.kill(-(first.child.pid ?? 0), 'SIGINT');
    await untilGone(first.identities);

    const second = await start();

    expect(await readFile(statePaths(stateDir).portsFile, 'utf8')).toBe(ports);
    process.kill(-(second.child.pid ?? 0), 'SIGHUP');
    await untilGone(second.identities);
  });

  it('ends everything when npm itself is killed -9', async () => {
    const { child, identities } = await start();

    child.kill('SIGKILL');

    await untilGone(identities);
  });

  it('ends what is left after the supervisor was killed -9, and starts again', async () => {
    const first = await start();
    const supervisor = readProcessRecord(statePaths(stateDir).processesFile).supervisor;
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');

    const second = await start();

    expect(first.identities.some(isAlive)).toBe(false);
    expect(second.identities.every((identity) => identify(identity.pid) !== null)).toBe(true);
  });
});
