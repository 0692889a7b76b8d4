import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { renderTable } from '../cli/render/table.ts';
import { formatDuration } from '../cli/render/text.ts';
import { closingLines, settle, type Step } from './outcome.ts';
import { endRunning, runStep, type StepPlan } from './run-step.ts';
import { comesLast, orderSuites, roomsOf } from './suite-order.ts';

// Runs the system suites one file at a time and sums up; `npm run verify` and .ci/run. What failed runs once more at the end (record 40).
// Exits 1 when anything failed twice.

const root = fileURLToPath(new URL('..', import.meta.url));
const suiteLimitMs = 25 * 60_000;
const checkLimitMs = 40 * 60_000;
const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];

/** `npm run check` ends in `npm test`, which takes these arguments. */
const checkPlan: StepPlan = {
  name: 'npm run check',
  suite: null,
  command: 'npm',
  args: (report) => ['run', 'check', '--', '--', '--json', `--outputFile=${report}`],
  limitMs: checkLimitMs,
};

function suitePlan(suite: string): StepPlan {
  return {
    name: suite,
    suite,
    command: process.execPath,
    args: (report) => [...jest, '--config', 'jest.system.config.js', '--json', `--outputFile=${report}`, '--runTestsByPath', suite],
    limitMs: suiteLimitMs,
  };
}

/** The second run of what failed in a step. */
function againPlan({ name, again }: Step): StepPlan {
  const [suite] = again;
  if (suite?.endsWith('.system.test.ts')) return { ...suitePlan(suite), name: `${name}, once more` };
  return {
    ...checkPlan,
    name: `${name}: ${again.join(' ')}, once more`,
    command: process.execPath,
    args: (report) => [...jest, '--json', `--outputFile=${report}`, '--runTestsByPath', ...again],
  };
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
  const last = new Set<string>();
  for (const suite of suites) {
    const source = await readFile(`${root}/${suite}`, 'utf8');
    rooms.set(suite, roomsOf(source));
    if (comesLast(source)) last.add(suite);
  }
  const commits = Number(await git('rev-list', '--count', 'HEAD')) || 0;
  const changed = await git('diff', '--name-only', commits > 20 ? 'HEAD~20' : 'HEAD');
  return orderSuites({ suites, rooms, changed: changed.split('\n').filter((path) => path !== ''), turn: commits, last });
}

function report(steps: readonly Step[], leftOut: readonly string[]): void {
  const rows = steps.map((step) => [
    step.name,
    step.flaky.length > 0 ? 'FLAKY' : step.ok ? 'ok' : 'FAILED',
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
  console.log(closingLines(steps).join('\n'));
}

/** How long after the time for suites is over what failed may still run once more: a failure that is none costs a landing. */
const againMs = 15 * 60_000;

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
if (values['with-check']) steps.push(await runStep(checkPlan));
for (const suite of positionals.length > 0 ? positionals : await orderedSuites()) {
  if (Date.now() > deadlineMs) leftOut.push(suite);
  else steps.push(await runStep(suitePlan(suite)));
}
for (const [index, step] of steps.entries()) {
  if (step.again.length > 0 && Date.now() <= deadlineMs + againMs) steps[index] = settle(step, await runStep(againPlan(step)));
}
report(steps, leftOut);
process.exitCode = steps.every((step) => step.ok) ? 0 : 1;
