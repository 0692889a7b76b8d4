import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { safeLine } from '../cli/render/text.ts';
import { countStep } from './suite-order.ts';

/** What Jest writes with `--json --outputFile`; only what is read here. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() })),
    }),
  ),
});

/** A test that failed, or a file that could not run (then the test is named `the whole file`). */
export interface Failure {
  /** Path in the repository. */
  file: string;
  test: string;
  /** First lines of the message, without colours. */
  lines: string[];
}

export interface Outcome {
  passed: number;
  failed: number;
  failures: Failure[];
}

const messageLines = 6;
const mostFilesAgain = 8;

/** Reads Jest's report; null when the text is none (the run crashed before it wrote one). `root` is the repository's path. */
export function readOutcome(text: string, root: string): Outcome | null {
  const report = reportSchema.safeParse(parseJson(text));
  if (!report.success) return null;
  const failures: Failure[] = [];
  for (const file of report.data.testResults.filter(({ status }) => status === 'failed')) {
    const path = file.name.startsWith(root) ? file.name.slice(root.length).replace(/^\//, '') : file.name;
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const test of tests) failures.push({ file: path, test: test.fullName, lines: firstLines(test.failureMessages?.[0] ?? '') });
    if (tests.length === 0) failures.push({ file: path, test: 'the whole file', lines: firstLines(file.message ?? '') });
  }
  return { passed: report.data.numPassedTests, failed: report.data.numFailedTests, failures };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The first lines of a message that say something, each cut to a screen's width. */
function firstLines(message: string): string[] {
  const lines = stripVTControlCharacters(message).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, messageLines)
    .map((line) => safeLine(line));
}

/** One step of a verification, as the summary shows it. */
export interface Step {
  name: string;
  ok: boolean;
  durationMs: number;
  passed: number;
  failed: number;
  failures: Failure[];
  /** Tests that failed first and passed when their file ran again. */
  flaky: string[];
  /** Names of test files that a second run would take; [] when a second run cannot mend it (a lint error, say). */
  again: string[];
}

export interface Ended {
  name: string;
  /** The files that the step was for; null when it was all unit tests and their checks. */
  suite: string | null;
  ok: boolean;
  durationMs: number;
  /** Jest's report; null when there is none. */
  outcome: Outcome | null;
  /** The end of what was printed. */
  output: string;
}

/** Judges a step that has ended. Pure. */
export function judge(ended: Ended): Step {
  const { name, suite, ok, durationMs, outcome } = ended;
  const counts = countStep(ok, outcome ?? { passed: 0, failed: 0 });
  const step: Step = { name, ok, durationMs, ...counts, failures: [], flaky: [], again: [] };
  if (ok) return step;
  const tail = stripVTControlCharacters(ended.output)
    .trimEnd()
    .split('\n')
    .slice(-messageLines)
    .map((line) => safeLine(line));
  const failures = outcome?.failures ?? [];
  step.failures = failures.length > 0 ? failures : [{ file: suite ?? name, test: 'ended without a failed test', lines: tail }];
  step.again = suite === null ? filesOf(failures) : [suite];
  return step;
}

/** Files with a failure, each once; [] when there are so many that it is no accident. */
function filesOf(failures: readonly Failure[]): string[] {
  const files = [...new Set(failures.map(({ file }) => file))];
  return files.length > mostFilesAgain ? [] : files;
}

/**
 * A failed step and the second run of its failed files, as one step. Passed the second time: it counts as passed and its tests are
 * named as flaky. Failed again: it failed, with the messages of the second run. Pure.
 */
export function settle(first: Step, second: Step): Step {
  const durationMs = first.durationMs + second.durationMs;
  if (!second.ok) {
    const failures = second.failures;
    return { ...first, durationMs, failures, passed: first.passed, failed: Math.max(1, second.failed), again: [] };
  }
  const flaky = first.failures.map(({ file, test }) => `${file}: ${test}`);
  const passed = Math.max(first.passed + first.failed, second.passed);
  return { ...first, ok: true, durationMs, passed, failed: 0, failures: [], flaky, again: [] };
}

/** What must stand at the very end, since long output is cut at its beginning: flaky tests by name, then each failure with its words. */
export function closingLines(steps: readonly Step[]): string[] {
  const lines = steps.flatMap(({ flaky }) => flaky.map((name) => `flaky: ${name} (failed once, passed when its file ran again)`));
  for (const { file, test, lines: message } of steps.flatMap(({ failures }) => failures)) {
    lines.push(`FAILED: ${file}: ${test}`, ...message.map((line) => `    ${line}`));
  }
  const passed = steps.reduce((sum, step) => sum + step.passed, 0);
  const failed = steps.reduce((sum, step) => sum + step.failed, 0);
  return [...lines, `${passed} passed, ${failed} failed`];
}
