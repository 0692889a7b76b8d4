import { posix } from 'node:path';
import { isTestPath } from '../review-heuristics.ts';
import type { Mutation } from './mutations.ts';
import type { TestReport } from './test-run.ts';

const sourceFile = /\.([cm]?[jt]sx?|py|go|rs|rb|java|c|cc|cpp|cs|kt|php)$/;

/** Test files that a failing run names. */
export function failingTests(report: TestReport, files: readonly string[]): string[] {
  const named = [...new Set(report.places.map((place) => place.path))].filter(isTestPath);
  return named.length > 0 ? named.slice(0, 5) : files.filter((file) => isTestPath(file) && sourceFile.test(file)).slice(0, 5);
}

/** Sources that may be at fault, likeliest first: those that failing tests import, those in traces, then the others. */
export function suspects(report: TestReport, files: readonly string[], tests: ReadonlyMap<string, string>): string[] {
  const sources = files.filter(
    (file) =>
      sourceFile.test(file) && !isTestPath(file) && !/(^|\/)(node_modules|dist|build|vendor)\/|\.(min|config)\.|\.d\.ts$/.test(file),
  );
  const imported = [...tests].flatMap(([path, text]) => importsOf(path, text, files));
  const traced = report.places.map((place) => place.path);
  return [...new Set([...imported, ...traced, ...sources])].filter((file) => sources.includes(file)).slice(0, 8);
}

/** Files that a source imports, by their usual spellings. */
function importsOf(path: string, text: string, files: readonly string[]): string[] {
  const folder = posix.dirname(path);
  const relative = [...text.matchAll(/(?:from|require\(|import\(?)\s*['"](\.[^'"]+)['"]/g)].map((match) =>
    posix.normalize(posix.join(folder, match[1] ?? '')),
  );
  const modules = [...text.matchAll(/^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+))/gm)].map((match) =>
    (match[1] ?? match[2] ?? '').replaceAll('.', '/'),
  );
  const endings = ['', '.js', '.ts', '.mjs', '.cjs', '.tsx', '.jsx', '/index.js', '/index.ts', '.py', '/__init__.py'];
  return [...relative, ...modules.filter((name) => name !== '')].flatMap((base) => {
    const found =
      endings.map((ending) => base + ending).find((name) => files.includes(name)) ?? files.find((file) => file.endsWith(`/${base}.py`));
    return found === undefined ? [] : [found];
  });
}

/**
 * Orders edits by how likely they mend the failure: files in the order given, lines inside functions that the failing
 * tests name before others, likely kinds of slip before unlikely ones.
 */
export function rank(
  mutations: readonly Mutation[],
  sources: ReadonlyMap<string, string>,
  order: readonly string[],
  focus: string,
): Mutation[] {
  const words = new Set(focus.match(/[A-Za-z_$][\w$]*/g) ?? []);
  const named = new Map([...sources].map(([path, text]) => [path, functionLines(text)]));
  const score = (mutation: Mutation) => {
    const inside = named.get(mutation.path)?.[mutation.line - 1] ?? null;
    return mutation.cost + (inside !== null && words.has(inside) ? 0 : 4) + order.indexOf(mutation.path) * 2;
  };
  return mutations
    .map((mutation, index) => ({ mutation, index, score: score(mutation) }))
    .sort((a, b) => a.score - b.score || a.index - b.index)
    .map(({ mutation }) => mutation);
}

/** For each line the name of the function it is in, by the nearest declaration above; null before the first. */
function functionLines(text: string): (string | null)[] {
  const declaration =
    /(?:\b(?:function\*?|def|func|fn)\s+(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*))|(?:\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:function|\([^)]*\)\s*=>|[\w$]+\s*=>))|(?:^\s+(?:async\s+|static\s+)?([A-Za-z_$][\w$]*)\s*\([^)]*\)\s*\{)/;
  const keywords = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'else']);
  let current: string | null = null;
  return text.split('\n').map((line) => {
    const match = declaration.exec(line);
    const name = match?.[1] ?? match?.[2] ?? match?.[3];
    if (name && !keywords.has(name)) current = name;
    return current;
  });
}
