import { isTestPath } from '../review-heuristics.ts';
import { quote } from '../program.ts';
import type { ExpectedValue } from './mutations.ts';

/** What a test command printed, read for what matters. `failed` counts tests; 1 when the runner does not say. */
export interface TestReport {
  green: boolean;
  failed: number;
  /** Null when the runner does not say. */
  passed: number | null;
  /** Files that the output names, with lines; in order, known ones only. */
  places: { path: string; line: number | null }[];
  titles: string[];
  expectations: ExpectedValue[];
}

/** The project's own way to run its tests, by its manifest; null when there is none that is known. */
export function testCommandOf(files: readonly string[], packageJson: string | null): string | null {
  const script = packageJson === null ? null : testScript(packageJson);
  if (script !== null) {
    const direct = `PATH="$PWD/node_modules/.bin:$PATH" sh -c ${quote(script)}`;
    return `if command -v npm >/dev/null 2>&1; then npm test --silent 2>&1; else ${direct} 2>&1; fi`;
  }
  if (files.includes('go.mod')) return 'go test ./... 2>&1';
  if (files.includes('Cargo.toml')) return 'cargo test --quiet 2>&1';
  const tests = files.filter(isTestPath);
  if (tests.some((path) => /\.[cm]?[jt]s$/.test(path))) return 'node --test 2>&1';
  if (tests.some((path) => path.endsWith('.py'))) {
    return "if python3 -c 'import pytest' 2>/dev/null; then python3 -m pytest -q 2>&1; else python3 -m unittest discover 2>&1; fi";
  }
  return files.includes('Makefile') ? 'make test 2>&1' : null;
}

function testScript(packageJson: string): string | null {
  const match = /"test"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(/"scripts"\s*:\s*\{[^}]*\}/.exec(packageJson)?.[0] ?? '');
  const script = match?.[1] ? String(JSON.parse(match[1])) : null;
  return script && !script.includes('no test specified') ? script : null;
}

/** Reads a test run's output. `files` are the repository's, relative; paths in the output may be absolute. */
export function readTestRun(exitCode: number | null, output: string, files: readonly string[]): TestReport {
  const plain = stripAnsi(output);
  const counted = firstNumber(plain, [
    /^[#ℹ] fail (\d+)/m,
    /^Tests:\s+(\d+) failed/m,
    /(\d+) failing\b/,
    /(\d+) failed\b/,
    /FAILED \((?:failures|errors)=(\d+)/,
  ]);
  const failed = exitCode === 0 ? 0 : Math.max(1, counted ?? plain.match(/^\s*--- FAIL:/gm)?.length ?? 1);
  const passed = firstNumber(plain, [/^[#ℹ] pass (\d+)/m, /^Tests:.*?(\d+) passed/m, /(\d+) passing\b/, /(\d+) passed\b/]);
  return {
    green: exitCode === 0,
    failed,
    passed,
    places: placesOf(plain, files),
    titles: titlesOf(plain),
    expectations: expectationsOf(plain),
  };
}

/** Whether a run is a step forward: fewer failures, and no tests that vanished because a file no longer loads. */
export function isBetter(now: TestReport, before: TestReport): boolean {
  if (now.green) return true;
  return now.failed < before.failed && now.passed !== null && before.passed !== null && now.passed > before.passed;
}

function placesOf(output: string, files: readonly string[]): TestReport['places'] {
  const places: TestReport['places'] = [];
  const seen = new Set<string>();
  for (const match of output.matchAll(/([\w@./-]+\.(?:[cm]?[jt]sx?|py|go|rs|rb|java))(?:"?, line |:)?(\d+)?/g)) {
    const name = match[1] ?? '';
    const path = files.find((file) => name === file || name.endsWith(`/${file}`));
    const line = match[2] ? Number(match[2]) : null;
    if (path === undefined || seen.has(`${path}:${line}`)) continue;
    seen.add(`${path}:${line}`);
    places.push({ path, line });
  }
  return places;
}

function titlesOf(output: string): string[] {
  const titles = [...output.matchAll(/^\s*(?:✖|not ok \d+ -|●|FAIL:?|--- FAIL:|FAILED) +(.+?)(?: \([\d.]+ ?m?s\))?$/gm)].map(
    (match) => match[1] ?? '',
  );
  return [...new Set(titles)].filter((title) => title !== 'failing tests:').slice(0, 20);
}

function expectationsOf(output: string): ExpectedValue[] {
  const found: ExpectedValue[] = [];
  const value = String.raw`('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?|true|false)`;
  for (const match of output.matchAll(new RegExp(`^\\s*${value} !== ${value}\\s*$`, 'gm')))
    found.push({ actual: match[1] ?? '', expected: match[2] ?? '' });
  for (const match of output.matchAll(new RegExp(`actual: ${value},?\\n\\s*expected: ${value}`, 'g')))
    found.push({ actual: match[1] ?? '', expected: match[2] ?? '' });
  for (const match of output.matchAll(new RegExp(`expected: ${value},?\\n\\s*actual: ${value}`, 'g')))
    found.push({ actual: match[2] ?? '', expected: match[1] ?? '' });
  for (const match of output.matchAll(new RegExp(`^\\s*\\+ ${value}\\n\\s*- ${value}`, 'gm')))
    found.push({ actual: match[1] ?? '', expected: match[2] ?? '' });
  for (const match of output.matchAll(new RegExp(`assert ${value} == ${value}`, 'g')))
    found.push({ actual: match[1] ?? '', expected: match[2] ?? '' });
  return found.filter((one, index) => found.findIndex((other) => other.actual === one.actual && other.expected === one.expected) === index);
}

function firstNumber(text: string, patterns: readonly RegExp[]): number | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match?.[1]) return Number(match[1]);
  }
  return null;
}

function stripAnsi(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
