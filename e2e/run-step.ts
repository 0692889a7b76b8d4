import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../config/env.ts';
import { settingsSchema } from '../config/settings.ts';
import { formatDuration } from '../cli/render/text.ts';
import { judge, readOutcome, type Step } from './outcome.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const keptOutput = 200_000;

/** What a step runs: `report` is where Jest is to write its report. */
export interface StepPlan {
  name: string;
  /** The system suite that it is, or null for the unit tests (and what is checked before them). */
  suite: string | null;
  command: string;
  args: (report: string) => readonly string[];
  limitMs: number;
}

/** Settings of an AstraForge on this machine are not those of its tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const settings = Object.keys(settingsSchema.shape).flatMap((name) => [name, `${name}_FILE`]);
  const dropped = new Set([...settings, 'ASTRAFORGE_URL', 'ASTRAFORGE_TOKEN', 'NODE_OPTIONS', 'FORCE_COLOR']);
  return Object.fromEntries(Object.entries(processEnvironment()).filter(([name]) => !dropped.has(name)));
}

let running: ChildProcess | null = null;

/** Ends the step that runs, with everything that it started: it leads a process group of its own. */
export function endRunning(signal: NodeJS.Signals): void {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, signal);
  } catch {
    // It has just ended by itself.
  }
}

/** Runs a step to its end or its limit, prints what it prints, and judges it by its exit and Jest's report. Never rejects for a failure. */
export async function runStep(plan: StepPlan): Promise<Step> {
  console.log(`\n== ${plan.name}`);
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-verify-'));
  const report = join(folder, 'report.json');
  const startedAtMs = Date.now();
  const { ok, output } = await runToEnd(plan, report);
  const durationMs = Date.now() - startedAtMs;
  const text = await readFile(report, 'utf8').catch(() => '');
  await rm(folder, { recursive: true, force: true });
  console.log(`${plan.name}: ${ok ? 'ok' : 'FAILED'} after ${formatDuration(durationMs)}`);
  return judge({ name: plan.name, suite: plan.suite, ok, durationMs, outcome: readOutcome(text, root), output });
}

async function runToEnd({ name, command, args, limitMs }: StepPlan, report: string): Promise<{ ok: boolean; output: string }> {
  const child = spawn(command, args(report), { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk);
      output = (output + chunk.toString('utf8')).slice(-keptOutput);
    });
  }
  const timer = setTimeout(() => {
    const words = `${name}: took longer than ${formatDuration(limitMs)}, ended`;
    console.log(`\n${words}`);
    output += `\n${words}`;
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
  return { ok, output };
}
