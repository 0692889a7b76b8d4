/** A changed file of a unified diff; lines by their number on the side they belong to. */
export interface ChangedFile {
  path: string;
  deleted: boolean;
  added: { line: number; text: string }[];
  removed: { line: number; text: string }[];
  /** First line of the change on the new side. */
  firstLine: number;
}

/** A remark, in the words of Codex's review schema. `priority` 0 (worst) to 3. */
export interface Issue {
  path: string;
  startLine: number;
  endLine: number;
  priority: 0 | 1 | 2 | 3;
  confidence: number;
  title: string;
  body: string;
}

interface LineRule {
  applies(path: string): boolean;
  pattern: RegExp;
  priority: Issue['priority'];
  confidence: number;
  title: string;
  body: string;
}

const code = (path: string) => /\.([cm]?[jt]sx?|py|go|rs|java|rb|php|c|cc|cpp|h|cs|kt|swift|sh)$/.test(path);
const productCode = (path: string) => code(path) && !isTestPath(path);

const rules: readonly LineRule[] = [
  {
    applies: () => true,
    pattern: /^(<{7}|>{7}) /,
    priority: 0,
    confidence: 0.95,
    title: 'Resolve the merge conflict marker',
    body: 'This line is a conflict marker that a merge left behind; the file does not parse with it.',
  },
  {
    applies: isTestPath,
    pattern: /\b(describe|it|test)\.only\(/,
    priority: 1,
    confidence: 0.9,
    title: 'Remove `.only` so that every test runs',
    body: 'With `.only` the other tests of this file are silently left out.',
  },
  {
    applies: isTestPath,
    pattern: /\b(describe|it|test)\.skip\(|\bx(it|describe)\(|@pytest\.mark\.skip|t\.Skip\(/,
    priority: 1,
    confidence: 0.7,
    title: 'Do not skip the test',
    body: 'A skipped test no longer protects the behaviour that it describes.',
  },
  {
    applies: productCode,
    pattern: /\bdebugger\b;?\s*$|\bbreakpoint\(\)|\bpdb\.set_trace\(/,
    priority: 1,
    confidence: 0.9,
    title: 'Remove the debugger statement',
    body: 'This stops the program wherever a debugger is attached, and was probably left from debugging.',
  },
  {
    applies: productCode,
    pattern: /\bconsole\.(log|debug)\(/,
    priority: 2,
    confidence: 0.6,
    title: 'Remove the debug output',
    body: 'This prints to standard output each time the line runs; if it was meant for debugging it should go, else use the logger.',
  },
  {
    applies: code,
    pattern: /catch\s*(\([^)]*\))?\s*\{\s*\}|except[^:]*:\s*pass\b/,
    priority: 2,
    confidence: 0.7,
    title: 'Do not swallow the error',
    body: 'An empty handler hides every failure of the guarded code, also those that nobody expected.',
  },
  {
    applies: code,
    pattern: /\b(TODO|FIXME|XXX)\b/,
    priority: 3,
    confidence: 0.5,
    title: 'Finish or file what the TODO leaves open',
    body: 'The change adds a note about unfinished work; either finish it or name the issue that tracks it.',
  },
  {
    applies: code,
    pattern: /(AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|(password|secret|api_?key)\s*[:=]\s*['"][^'"\s]{8,}['"])/i,
    priority: 0,
    confidence: 0.6,
    title: 'Take the credential out of the source',
    body: 'This looks like a secret in clear; once pushed it must be considered known.',
  },
];

const testDeclaration = /^\s*((it|test)(\.\w+)?\(|def test_|func Test|#\[test\])/;

/** Simple rules over a diff; at most 20 remarks, the most urgent first. */
export function findIssues(files: readonly ChangedFile[]): Issue[] {
  const issues = files.flatMap((file) => [...lineIssues(file), ...removedTests(file)]);
  const untested = withoutTests(files);
  if (untested) issues.push(untested);
  return issues.sort((a, b) => a.priority - b.priority).slice(0, 20);
}

function lineIssues(file: ChangedFile): Issue[] {
  return rules
    .filter((rule) => rule.applies(file.path))
    .flatMap(({ pattern, priority, confidence, title, body }) =>
      file.added
        .filter(({ text }) => pattern.test(text))
        .map(({ line }) => ({ path: file.path, startLine: line, endLine: line, priority, confidence, title, body })),
    );
}

function removedTests(file: ChangedFile): Issue[] {
  if (!isTestPath(file.path)) return [];
  const removed = file.removed.filter(({ text }) => testDeclaration.test(text)).length;
  const added = file.added.filter(({ text }) => testDeclaration.test(text)).length;
  if (removed <= added && !file.deleted) return [];
  const title = file.deleted ? 'Keep the test file' : 'Keep the tests that were removed';
  const body = `The change removes ${Math.max(removed - added, file.deleted ? 1 : 0)} more test(s) here than it adds, so behaviour that was checked no longer is.`;
  return [
    {
      path: file.path,
      startLine: Math.max(1, file.firstLine),
      endLine: Math.max(1, file.firstLine),
      priority: 1,
      confidence: 0.7,
      title,
      body,
    },
  ];
}

function withoutTests(files: readonly ChangedFile[]): Issue | null {
  const source = files.find((file) => productCode(file.path) && file.added.length > 0);
  if (!source || files.some((file) => isTestPath(file.path))) return null;
  return {
    path: source.path,
    startLine: source.firstLine,
    endLine: source.firstLine,
    priority: 3,
    confidence: 0.3,
    title: 'Check that a test covers this change',
    body: 'The change touches source code and no test. If an existing test already covers it, nothing needs to be done.',
  };
}

/** Whether a path is a test's by the usual conventions. */
export function isTestPath(path: string): boolean {
  return /(^|\/)(tests?|__tests__|specs?)\/|[._-](test|spec)\.[^/]+$|(^|\/)test_[^/]+\.py$|_test\.(go|py|rb|exs?)$|(^|\/)test\.[cm]?[jt]s$/.test(
    path,
  );
}

/** Reads `git diff` output. Binary files have no lines. */
export function parseUnifiedDiff(diff: string): ChangedFile[] {
  const files: ChangedFile[] = [];
  let oldLine = 0;
  let newLine = 0;
  let inHunk = false;
  for (const line of diff.split('\n')) {
    const file = files.at(-1);
    const header = /^diff --git "?a\/(.+?)"? "?b\/(.+?)"?$/.exec(line);
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (header) {
      files.push({ path: header[2] ?? '', deleted: false, added: [], removed: [], firstLine: 1 });
      inHunk = false;
    } else if (!file) continue;
    else if (hunk) {
      oldLine = Number(hunk[1]);
      newLine = Number(hunk[2]);
      inHunk = true;
    } else if (!inHunk) file.deleted ||= line.startsWith('deleted file mode');
    else if (line.startsWith('+')) {
      if (file.added.length === 0) file.firstLine = newLine;
      file.added.push({ line: newLine++, text: line.slice(1) });
    } else if (line.startsWith('-')) file.removed.push({ line: oldLine++, text: line.slice(1) });
    else if (line.startsWith(' ')) {
      oldLine += 1;
      newLine += 1;
    }
  }
  return files;
}
