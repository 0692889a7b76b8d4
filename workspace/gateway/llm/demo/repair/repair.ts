import { patchOf } from '../patch-text.ts';
import { applyPatch, readFiles, shell, type Program, type Toolbox } from '../program.ts';
import { mutationsOf, type Mutation } from './mutations.ts';
import { failingTests, rank, suspects } from './ranking.ts';
import { isBetter, readTestRun, testCommandOf, type TestReport } from './test-run.ts';

const maxTrials = 80;
const maxSourceBytes = 40_000;

/** An edit that was kept. */
interface Kept {
  mutation: Mutation;
  before: string;
  after: string;
}

/** What is known while the search goes on. `sources` is what the files hold now. */
interface Search {
  toolbox: Toolbox;
  testCommand: string;
  files: string[];
  sources: Map<string, string>;
  report: TestReport;
  kept: Kept[];
  trials: number;
}

/**
 * Makes failing tests pass by trying small edits one after the other, each a patch followed by the project's tests, until
 * they are green. Keeps an edit that mends a part and goes on. Leaves the work tree as it was when none helps.
 */
export function* makeTestsPass(toolbox: Toolbox, given: { testCommand: string | null }): Program {
  yield { kind: 'text', text: 'Scripted demo model: I look at the files and run the tests.\n' };
  const listing = yield* shell(
    "git ls-files -co --exclude-standard 2>/dev/null | head -n 3000; printf '\\n=====package.json=====\\n'; cat package.json 2>/dev/null; true",
    { maxOutputTokens: 40_000 },
  );
  const [names = '', manifest = ''] = listing.output.split('\n=====package.json=====\n');
  const files = names.split('\n').filter((line) => line !== '');
  const testCommand = given.testCommand ? `{ ${given.testCommand}; } 2>&1` : testCommandOf(files, manifest === '' ? null : manifest);
  if (testCommand === null) return 'Scripted demo model: I found no tests that I know how to run here, so I changed nothing.';
  const first = yield* shell(testCommand, { maxOutputTokens: 20_000 });
  const report = readTestRun(first.exitCode, first.output, files);
  if (report.green) return 'Scripted demo model: the tests pass already, so I changed nothing.';
  const search: Search = { toolbox, testCommand, files, sources: new Map(), report, kept: [], trials: 0 };
  const tests = yield* readSources(search);
  while (!search.report.green && search.trials < maxTrials && (yield* improveOnce(search, tests)));
  return search.report.green ? success(search, report) : yield* giveUp(search, report);
}

function* readSources(search: Search): Program<Map<string, string>> {
  const testFiles = failingTests(search.report, search.files);
  const tests = yield* readFiles(testFiles);
  const order = suspects(search.report, search.files, tests);
  for (const [path, text] of yield* readFiles(order)) if (text.length <= maxSourceBytes) search.sources.set(path, text);
  return tests;
}

/** Tries edits until one makes things better; false when all were tried. */
function* improveOnce(search: Search, tests: ReadonlyMap<string, string>): Program<boolean> {
  const order = [...search.sources.keys()];
  const all = order.flatMap((path) => mutationsOf(path, search.sources.get(path) ?? '', search.report.expectations));
  const candidates = rank(all, search.sources, order, focusOf(search.report, tests));
  let standing: Kept | null = null;
  for (const mutation of candidates) {
    if (search.trials >= maxTrials) break;
    search.trials += 1;
    const before = search.sources.get(mutation.path) ?? '';
    const trial: Kept = { mutation, before, after: before.slice(0, mutation.start) + mutation.replacement + before.slice(mutation.end) };
    yield { kind: 'text', text: `Attempt ${search.trials}: in ${mutation.path}, line ${mutation.line}, ${mutation.what}.\n` };
    const problem: string | null = yield* applyPatch(search.toolbox, exchangePatch(standing, trial));
    if (problem !== null) continue;
    standing = trial;
    const run = yield* shell(search.testCommand, { maxOutputTokens: 20_000 });
    const report = readTestRun(run.exitCode, run.output, search.files);
    if (!isBetter(report, search.report)) continue;
    search.sources.set(mutation.path, trial.after);
    search.report = report;
    search.kept.push(trial);
    return true;
  }
  if (standing) yield* applyPatch(search.toolbox, exchangePatch(standing, null));
  return false;
}

/** Takes the last attempt back and makes the next, in one patch. */
function exchangePatch(undo: Kept | null, next: Kept | null): string {
  if (undo && next && undo.mutation.path === next.mutation.path)
    return patchOf([{ path: undo.mutation.path, before: undo.after, after: next.after }]);
  return patchOf([
    ...(undo ? [{ path: undo.mutation.path, before: undo.after, after: undo.before }] : []),
    ...(next ? [{ path: next.mutation.path, before: next.before, after: next.after }] : []),
  ]);
}

/** The words that matter: titles of failing tests and the test code around the failing lines. */
function focusOf(report: TestReport, tests: ReadonlyMap<string, string>): string {
  const around = report.places.flatMap(({ path, line }) => {
    const lines = tests.get(path)?.split('\n');
    return lines && line !== null ? lines.slice(Math.max(0, line - 4), line + 8) : [];
  });
  return [...report.titles, ...around].join('\n');
}

function success(search: Search, first: TestReport): string {
  const edits = search.kept.map(({ mutation }) => `- ${mutation.path}, line ${mutation.line}: ${mutation.what}`).join('\n');
  const why = first.titles[0] ? ` The failing test was "${first.titles[0]}".` : '';
  return `Scripted demo model: all tests pass now.${why} I found this by trying small edits and running the tests after each (${search.trials} tried):\n${edits}`;
}

function* giveUp(search: Search, first: TestReport): Program {
  const keeps = search.kept.length;
  const undo = [...search.kept].reverse();
  for (const kept of undo) yield* applyPatch(search.toolbox, exchangePatch(kept, null));
  const partly = keeps > 0 ? ` ${keeps} edit(s) mended a part, which I took back.` : '';
  return `Scripted demo model: I tried ${search.trials} small edits and none made the tests pass (${first.failed} failing).${partly} A scripted model cannot do more here; the work tree is as it was. A real model can be set with OPENAI_API_KEY or LLM_UPSTREAM_URL.`;
}
