import type { Task } from './conversation.ts';
import { readIntents, type Intent } from './intents.ts';
import { patchOf } from './patch-text.ts';
import { applyPatch, quote, readFiles, shell, type Program, type Toolbox } from './program.ts';
import { makeTestsPass } from './repair/repair.ts';

const abilities =
  'I am a scripted demo model, not a real one: I can make failing tests pass by small edits, create, append to, rename or remove a file, add a comment or a changelog line, rename a name, replace a text, and run a command. Set OPENAI_API_KEY or LLM_UPSTREAM_URL for a real model.';

/** Does what a message asks for, as far as a scripted model can, and says what it could not. */
export function* actOnRequests(task: Task, toolbox: Toolbox, cwd: string): Program {
  const read = task.parts.map((part) => readIntents(part));
  const intents = read.flatMap((one) => one.intents);
  if (intents.length === 0) return `Scripted demo model: I understood no request that I can carry out. ${abilities}`;
  const results: string[] = [];
  for (const intent of intents) results.push(yield* act(intent, task, toolbox, cwd));
  const missed = read.flatMap((one) => one.missed);
  if (missed.length > 0)
    results.push(`Not done, a scripted model cannot: ${missed.map((clause) => `"${clause.slice(0, 120)}"`).join(', ')}.`);
  return results.join('\n\n');
}

/** The test command that the run's spec names among its checks; null when none of them looks like tests. */
function testCheckOf(context: readonly string[]): string | null {
  const checks = [...context.join('\n').matchAll(/^- ([^:\n]+): (.+)$/gm)];
  return checks.find((check) => /test|spec/i.test(check[0]))?.[2] ?? null;
}

function* act(intent: Intent, task: Task, toolbox: Toolbox, cwd: string): Program {
  switch (intent.kind) {
    case 'fix-tests':
      return yield* makeTestsPass(toolbox, { testCommand: intent.testCommand ?? testCheckOf(task.context) });
    case 'create':
      return yield* createFile(toolbox, intent.path, intent.content);
    case 'append':
      return yield* editFile(
        toolbox,
        intent.path,
        (text) => `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${intent.line}\n`,
        `added the line to ${intent.path}`,
      );
    case 'comment':
      return yield* addComment(toolbox, intent);
    case 'rename-symbol':
      return yield* replaceEverywhere(toolbox, intent.from, intent.to, true, null);
    case 'replace':
      return yield* replaceEverywhere(toolbox, intent.from, intent.to, false, intent.path);
    case 'rename-file':
      return yield* runCommand(
        `git mv -- ${quote(intent.from)} ${quote(intent.to)} 2>/dev/null || mv -- ${quote(intent.from)} ${quote(intent.to)}`,
        `renamed ${intent.from} to ${intent.to}`,
      );
    case 'remove':
      return yield* runCommand(`rm -- ${quote(intent.path)}`, `removed ${intent.path}`);
    case 'changelog':
      return yield* addChangelogLine(toolbox, intent.line);
    case 'run':
      return yield* runCommand(intent.command, `ran \`${intent.command}\` in ${cwd}`);
    case 'greeting':
      return `Hello. ${abilities}`;
  }
}

function* createFile(toolbox: Toolbox, path: string, content: string): Program {
  const before = (yield* readFiles([path])).get(path);
  if (before !== undefined && (yield* shell(`test -e ${quote(path)}`)).exitCode === 0) {
    return yield* commit(toolbox, path, before, content, `replaced the content of ${path}, which was there already`);
  }
  return yield* commit(toolbox, path, null, content, `created ${path}`);
}

function* editFile(toolbox: Toolbox, path: string, change: (text: string) => string, done: string): Program {
  const exists = (yield* shell(`test -f ${quote(path)}`)).exitCode === 0;
  const before = exists ? ((yield* readFiles([path])).get(path) ?? '') : null;
  return yield* commit(toolbox, path, before === '' ? null : before, change(before ?? ''), exists ? done : `${done}, a new file`);
}

function* commit(toolbox: Toolbox, path: string, before: string | null, after: string, done: string): Program {
  if (before === after) return `Scripted demo model: nothing to do, ${path} is like that already.`;
  const problem = yield* applyPatch(toolbox, patchOf([{ path, before, after }]));
  return problem === null
    ? `Scripted demo model: I ${done}.`
    : `Scripted demo model: the edit of ${path} did not apply: ${problem.slice(0, 300)}`;
}

function* runCommand(command: string, done: string): Program {
  const result = yield* shell(`${command} 2>&1`);
  if (result.exitCode === 0) return `Scripted demo model: I ${done}.`;
  return `Scripted demo model: that did not work (exit code ${result.exitCode ?? 'unknown'}): ${result.output.trim().slice(-400)}`;
}

function* addComment(toolbox: Toolbox, intent: { text: string; path: string | null; symbol: string | null }): Program {
  const path = intent.path ?? (yield* findPlace(intent.symbol));
  if (path === null) return 'Scripted demo model: I found no file to put the comment into; name one.';
  const comment = commentFor(path, intent.text);
  const { symbol } = intent;
  return yield* editFile(
    toolbox,
    path,
    (text) => {
      const lines = text.split('\n');
      const declared =
        symbol === null
          ? -1
          : lines.findIndex((line) =>
              new RegExp(`\\b(function\\*?|def|class|func|fn|const|let|var)\\s+${symbol.replaceAll('$', '\\$')}\\b`).test(line),
            );
      const used =
        symbol === null ? -1 : lines.findIndex((line) => new RegExp(`(^|[^\\w$])${symbol.replaceAll('$', '\\$')}([^\\w$]|$)`).test(line));
      const at = Math.max(declared >= 0 ? declared : used, 0);
      const start = at === 0 && lines[0]?.startsWith('#!') ? 1 : at;
      const indent = /^\s*/.exec(lines[start] ?? '')?.[0] ?? '';
      return [...lines.slice(0, start), `${indent}${comment}`, ...lines.slice(start)].join('\n');
    },
    `added the comment to ${path}`,
  );
}

/** The file that declares a symbol; without one, the source that was changed last (work tree first, then the newest commit). */
function* findPlace(symbol: string | null): Program<string | null> {
  const command =
    symbol === null
      ? "{ git diff --name-only HEAD; git log -5 --name-only --format=; git ls-files; } 2>/dev/null | grep -E '\\.([cm]?[jt]sx?|py|go|rs|java|rb)$' | grep -vE '(^|/)(tests?|__tests__)/|[._-](test|spec)\\.' | head -n 1"
      : `git grep -lE ${quote(`(function\\*?|def|class|func|fn|const|let|var) +${symbol}`)} | head -n 1`;
  const path = (yield* shell(command)).output.trim().split('\n')[0] ?? '';
  return path === '' ? null : path;
}

function commentFor(path: string, text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  if (/\.(py|rb|sh|ya?ml|toml|r|pl)$|(^|\/)(Makefile|Dockerfile|\.[\w.-]+)$/.test(path)) return `# ${line}`;
  if (/\.(md|html?|xml|svg|vue)$/.test(path)) return `<!-- ${line} -->`;
  if (/\.(css|scss|less)$/.test(path)) return `/* ${line} */`;
  if (/\.(sql|lua|hs)$/.test(path)) return `-- ${line}`;
  return `// ${line}`;
}

function* replaceEverywhere(toolbox: Toolbox, from: string, to: string, word: boolean, onlyPath: string | null): Program {
  const scope = onlyPath === null ? '' : ` -- ${quote(onlyPath)}`;
  const found = yield* shell(`git grep --untracked -lIF${word ? 'w' : ''} -e ${quote(from)}${scope} | head -n 100`);
  const paths = found.output.split('\n').filter((line) => line !== '');
  if (paths.length === 0) return `Scripted demo model: I found "${from}" nowhere, so I changed nothing.`;
  const pattern = new RegExp(from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'g');
  const exact = new RegExp(`(?<![\\w$])${pattern.source}(?![\\w$])`, 'g');
  const edits = [...(yield* readFiles(paths))]
    .map(([path, before]) => ({ path, before, after: before.replaceAll(word ? exact : pattern, () => to) }))
    .filter((edit) => edit.after !== edit.before);
  if (edits.length === 0) return `Scripted demo model: I found "${from}" nowhere, so I changed nothing.`;
  const problem = yield* applyPatch(toolbox, patchOf(edits));
  if (problem !== null) return `Scripted demo model: the replacement did not apply: ${problem.slice(0, 300)}`;
  return `Scripted demo model: I replaced \`${from}\` with \`${to}\` in ${edits.map((edit) => edit.path).join(', ')}.`;
}

function* addChangelogLine(toolbox: Toolbox, line: string | null): Program {
  const listing = yield* shell(
    "git ls-files -co --exclude-standard | grep -iE '(^|/)(changelog|changes|history)(\\.[a-z]+)?$' | head -n 1; echo; git diff --name-only HEAD | head -n 5",
  );
  const [path = '', , ...changed] = listing.output.split('\n');
  const entry =
    line ??
    (changed.filter((name) => name !== '').length > 0 ? `Changed ${changed.filter((name) => name !== '').join(', ')}.` : 'Maintenance.');
  if (path === '')
    return yield* commit(toolbox, 'CHANGELOG.md', null, `# Changelog\n\n## Unreleased\n\n- ${entry}\n`, 'made CHANGELOG.md with the line');
  return yield* editFile(toolbox, path, (text) => insertEntry(text, entry), `added a line to ${path}`);
}

/** Puts an entry first under the topmost version heading, which is made when there is none. */
function insertEntry(text: string, entry: string): string {
  const lines = text.split('\n');
  const heading = lines.findIndex((line) => line.startsWith('## '));
  if (heading < 0) return `${text.trimEnd()}\n\n## Unreleased\n\n- ${entry}\n`;
  const at = lines[heading + 1] === '' ? heading + 2 : heading + 1;
  return [...lines.slice(0, at), `- ${entry}`, ...lines.slice(at)].join('\n');
}
