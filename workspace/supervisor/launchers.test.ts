import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentProcess } from '../executors/agent-process.ts';
import { killGroup } from '../executors/kill-group.ts';
import { openLaunchPlace } from './launchers.ts';
import type { LaunchPlace } from './launchers.ts';

const program = join(import.meta.dirname, 'launcher', 'main.ts');

describe('programs that a launcher starts elsewhere', () => {
  let folder: string;
  let place: LaunchPlace;
  let launcher: ChildProcess | null;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'af-launch-'));
    place = await openLaunchPlace(folder);
    launcher = null;
  });

  afterEach(async () => {
    if (launcher?.exitCode === null && launcher.signalCode === null) {
      launcher.kill('SIGKILL');
      await once(launcher, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  function startLauncher(): void {
    launcher = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  function sh(command: string): AgentProcess {
    return place.start(['/bin/sh', '-c', command], { env: { PATH: '/usr/bin:/bin', WORD: 'word' }, cwd: folder });
  }

  async function ended(
    child: AgentProcess,
    input = '',
  ): Promise<{ stdout: string; stderr: string; code: number | null; signal: string | null }> {
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout.on('data', (chunk: Buffer) => said.stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.stderr.push(chunk));
    child.stdin.end(input);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on('close', (...how) => resolve(how));
    });
    return { stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString(), code, signal };
  }

  it('have their streams apart, their input to its end, their environment and their exit code', async () => {
    startLauncher();

    const end = await ended(sh('cat; echo "$WORD"; pwd; echo problem >&2; exit 7'), 'typed\n');

    expect(end).toEqual({ stdout: `typed\nword\n${folder}\n`, stderr: 'problem\n', code: 7, signal: null });
  });

  it('lose no word when they have ended before their streams are taken up', async () => {
    startLauncher();
    await ended(sh('true'));

    const child = sh('echo end');
    // Nothing is taken up while this thread stands still.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    const end = await ended(child, 'words that nobody reads');

    expect(end).toMatchObject({ stdout: 'end\n', code: 0 });
  });

  it('carry megabytes both ways without loss', async () => {
    startLauncher();
    const input = 'x'.repeat(5 * 1024 ** 2);

    const end = await ended(sh('cat'), input);

    expect(end.stdout.length).toBe(input.length);
    expect(end.code).toBe(0);
  });

  it('wait for a launcher that comes later', async () => {
    const child = sh('echo late');

    startLauncher();

    expect((await ended(child)).stdout).toBe('late\n');
  });

  it('are ended with what they started, also when that was ordered before they began', async () => {
    startLauncher();
    const child = sh('sleep 600 & sleep 600');
    killGroup(child, 'SIGKILL');

    expect(await ended(child)).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('run side by side, any number of them', async () => {
    startLauncher();

    const ends = await Promise.all([...Array(20).keys()].map((number) => ended(sh(`echo ${number}`))));

    expect(ends.map(({ stdout }) => stdout)).toEqual([...Array(20).keys()].map((number) => `${number}\n`));
  });

  it('fail when they cannot be started, and when their launcher is lost', async () => {
    startLauncher();
    const failures: Error[] = [];
    const missing = place.start(['/nonexistent'], { env: {}, cwd: folder });
    missing.on('error', (error) => failures.push(error));
    await ended(missing);
    const lost = sh('echo started; sleep 20');
    lost.on('error', (error) => failures.push(error));
    await once(lost.stdout, 'data');
    const end = ended(lost);
    launcher?.kill('SIGKILL');
    await end;

    expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT'), 'the container of the agent ended']);
  });

  it('are all ended at once, and gone when that is said', async () => {
    startLauncher();
    const children = [sh('echo started; sleep 600'), sh('echo started; sleep 600')];
    const ends = children.map((child) => ended(child));

    await place.endAll();

    expect((await Promise.all(ends)).map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
    await place.endAll();
  });

  it('are counted, and cannot be taken over by whoever calls second', async () => {
    startLauncher();
    const child = sh('echo started; sleep 600');
    await once(child.stdout, 'data');
    const intruder = connect(join(folder, 'launch.sock'));
    intruder.write('{"as":"control"}\n');
    await once(intruder, 'close');

    while (!place.usage()) await sleep(20);
    expect(place.usage()?.tasks).toBeGreaterThan(0);
    killGroup(child, 'SIGKILL');
    expect((await ended(child)).signal).toBe('SIGKILL');
  });
});
