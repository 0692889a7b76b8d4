import { type ChildProcess, spawn } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { settingsSchema } from '../config/settings.ts';
import { processEnvironment } from '../config/env.ts';
import { renderTable } from '../cli/render/table.ts';
import { formatDuration } from '../cli/render/text.ts';
import { type Counts, countsOf, countStep, orderSuites, roomsOf } from './suite-order.ts';

// Runs the system suites one file at a time and sums up; `npm run verify` and .ci/run. Exits 1 when anything failed.

const root = fileURLToPath(new URL('..', import.meta.url));
const suiteLimitMs = 25 * 60_000;
const checkLimitMs = 40 * 60_000;
const keptOutput = 200_000;

interface Step extends Counts {
  name: string;
  ok: boolean;
  durationMs: number;
}

/** Settings of an AstraForge on this machine are not those of its tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const settings = Object.keys(settingsSchema.shape).flatMap((name) => [name, `${name}_FILE`]);
  const dropped = new Set([...settings, 'ASTRAFORGE_URL', 'ASTRAFORGE_TOKEN', 'NODE_OPTIONS', 'FORCE_COLOR']);
  return Object.fromEntries(Object.entries(processEnvironment()).filter(([name]) => !dropped.has(name)));
}

let running: ChildProcess | null = null;

/** Ends a step with everything that it started: it leads a process group of its own. */
function endRunning(signal: NodeJS.Signals): void {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, signal);
  } catch {
    // It has just ended by itself.
  }
}

async function runStep(name: string, command: string, args: readonly string[], limitMs: number): Promise<Step> {
  console.log(`\n== ${name}`);
  const startedAtMs = Date.now();
  const child = spawn(command, args, { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk);
      output = (output + chunk.toString('utf8')).slice(-keptOutput);
    });
  }
  const timer = setTimeout(() => {
    console.log(`\n${name}: took longer than ${formatDuration(limitMs)}, ended`);
    endRunning('SIGTERM');
    setTimeout(() => endRunning('SIGKILL'), 20_000).unref();
  }, limitMs);
  const ok = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
    // Whatever a suite left behind must not hold its pipes, and so this run, open.
    child.once('exit', (code) => {
      endRunning('SIGKILL');
      setTimeout(() => resolve(code === 0), 5_000).unref();
    });
  });
  clearTimeout(timer);
  running = null;
  return { name, ok, durationMs: Date.now() - startedAtMs, ...countStep(ok, countsOf(output)) };
}

async function findSuites(): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob('e2e/**/*.system.test.ts', { cwd: root })) found.push(path);
  return found;
}

async function git(...args: string[]): Promise<string> {
  const answer = await execa('git', args, { cwd: root, reject: false });
  return answer.exitCode === 0 ? answer.stdout.trim() : '';
}

/** The suites in their order: what the last commits touched first. Without git, by name. */
async function orderedSuites(): Promise<string[]> {
  const suites = await findSuites();
  const rooms = new Map<string, string[]>();
  for (const suite of suites) rooms.set(suite, roomsOf(await readFile(`${root}/${suite}`, 'utf8')));
  const commits = Number(await git('rev-list', '--count', 'HEAD')) || 0;
  const changed = await git('diff', '--name-only', commits > 20 ? 'HEAD~20' : 'HEAD');
  return orderSuites({ suites, rooms, changed: changed.split('\n').filter((path) => path !== ''), turn: commits });
}

function report(steps: readonly Step[], leftOut: readonly string[]): void {
  const rows = steps.map((step) => [
    step.name,
    step.ok ? 'ok' : 'FAILED',
    String(step.passed),
    String(step.failed),
    formatDuration(step.durationMs),
  ]);
  const columns = [
    { title: 'step' },
    { title: '' },
    { title: 'passed', align: 'right' },
    { title: 'failed', align: 'right' },
    { title: 'time', align: 'right' },
  ] as const;
  console.log(`\n${renderTable(columns, rows)}`);
  if (leftOut.length > 0) console.log(`left out, no time: ${leftOut.join(', ')}\n`);
  const passed = steps.reduce((sum, step) => sum + step.passed, 0);
  const failed = steps.reduce((sum, step) => sum + step.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
}

const { values, positionals } = parseArgs({
  options: { 'with-check': { type: 'boolean', default: false }, 'budget-minutes': { type: 'string' } },
  allowPositionals: true,
});
const deadlineMs = values['budget-minutes'] === undefined ? Infinity : Date.now() + Number(values['budget-minutes']) * 60_000;
if (Number.isNaN(deadlineMs)) throw new Error('--budget-minutes takes a number');
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRunning('SIGTERM');
    setTimeout(() => process.exit(130), 5_000);
  });
}

const steps: Step[] = [];
const leftOut: string[] = [];
if (values['with-check']) steps.push(await runStep('npm run check', 'npm', ['run', 'check'], checkLimitMs));
const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.system.config.js', '--runTestsByPath'];
for (const suite of positionals.length > 0 ? positionals : await orderedSuites()) {
  if (Date.now() > deadlineMs) leftOut.push(suite);
  else steps.push(await runStep(suite, process.execPath, [...jest, suite], suiteLimitMs));
}
report(steps, leftOut);
process.exitCode = steps.every((step) => step.ok) ? 0 : 1;
