import { posix } from 'node:path';

/** A simple request that the demo model understands. */
export type Intent =
  | { kind: 'fix-tests'; testCommand: string | null }
  | { kind: 'create'; path: string; content: string }
  | { kind: 'append'; path: string; line: string }
  | { kind: 'comment'; text: string; path: string | null; symbol: string | null }
  | { kind: 'rename-symbol'; from: string; to: string }
  | { kind: 'rename-file'; from: string; to: string }
  | { kind: 'replace'; from: string; to: string; path: string | null }
  | { kind: 'remove'; path: string }
  | { kind: 'changelog'; line: string | null }
  | { kind: 'run'; command: string }
  | { kind: 'greeting' };

const quoted = String.raw`(?:"([^"]+)"|“([^”]+)”|'([^']+)'|\`([^\`]+)\`)`;
const path = String.raw`[\`"']?([\w@.-]+(?:\/[\w@.-]+)*\.?[\w-]+)[\`"']?`;

interface Rule {
  pattern: RegExp;
  read(groups: (string | undefined)[], whole: string): Intent | null;
}

const rules: readonly Rule[] = [
  {
    pattern: new RegExp(
      String.raw`\b(?:create|add|write|make)\s+(?:a\s+)?(?:new\s+)?(?:file|module)\s+(?:called\s+|named\s+|at\s+)?${path}\s*,?\s*(?:with|containing|that (?:says|contains)|saying)\s*(?:the\s+)?(?:content|contents|text|line)?\s*:?\s*([\s\S]+)$`,
      'i',
    ),
    read: ([file, content]) => safePath(file, (to) => ({ kind: 'create', path: to, content: contentOf(content ?? '') })),
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:create|add|make)\s+(?:an?\s+)?(?:new\s+)?(?:empty\s+)?file\s+(?:called\s+|named\s+|at\s+)?${path}`,
      'i',
    ),
    read: ([file]) => safePath(file, (to) => ({ kind: 'create', path: to, content: '\n' })),
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:add|put|write|leave|insert)\s+(?:a|the)?\s*(?:code\s+)?comment\s*(?:saying|that says|with(?: the text)?|:)?\s*${quoted}(?:.*?\b(?:above|before|to|in|into|on|at)\s+(?:the\s+)?(?:(?:top|start)\s+of\s+)?(?:file\s+|function\s+|method\s+|class\s+)?${path})?`,
      'i',
    ),
    read: (groups) => commentIntent(firstOf(groups.slice(0, 4)), groups[4]),
  },
  {
    pattern: /\bchange ?log\b/i,
    read: (_groups, whole) => ({ kind: 'changelog', line: firstOf((new RegExp(quoted).exec(whole) ?? []).slice(1)) ?? null }),
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:add|append|write)\s+(?:a|the)?\s*(?:line|text|sentence|note)?\s*(?:saying|that says|with|:)?\s*${quoted}\s+(?:at the end of|to the end of|to|in|into)\s+(?:the\s+)?(?:file\s+)?${path}`,
      'i',
    ),
    read: (groups) => safePath(groups[4], (to) => ({ kind: 'append', path: to, line: firstOf(groups.slice(0, 4)) ?? '' })),
  },
  {
    pattern: new RegExp(
      String.raw`\brename\s+(?:the\s+)?(?:file|function|method|variable|class|symbol|constant|parameter)?\s*${path}\s+(?:to|into|as)\s+${path}`,
      'i',
    ),
    read: ([from, to]) => renameIntent(from, to),
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:replace|change)\s+${quoted}\s+(?:with|by|to|into)\s+${quoted}(?:\s+in\s+(?:the\s+)?(?:file\s+)?${path})?`,
      'i',
    ),
    read: (groups) => ({
      kind: 'replace',
      from: firstOf(groups.slice(0, 4)) ?? '',
      to: firstOf(groups.slice(4, 8)) ?? '',
      path: groups[8] && isSafe(groups[8]) ? groups[8] : null,
    }),
  },
  {
    pattern: new RegExp(String.raw`\b(?:remove|delete)\s+(?:the\s+)?file\s+${path}`, 'i'),
    read: ([file]) => safePath(file, (to) => ({ kind: 'remove', path: to })),
  },
  {
    pattern: new RegExp(String.raw`\brun\s+\`([^\`]+)\`\s*[.!]?\s*$`, 'i'),
    read: ([command]) => ({ kind: 'run', command: command ?? 'true' }),
  },
  {
    pattern:
      /\b(fail\w*|broken|red)\b[\s\S]*\b(tests?|checks?|specs?|build)\b|\b(tests?|checks?|specs?)\b[\s\S]*\b(fail\w*|pass|green|broken|red)\b|\b(fix|repair|mend)\b[\s\S]*\b(bug|tests?|checks?|code|it|this|function)\b|\brun (all )?the tests\b/i,
    read: (_groups, whole) => ({
      kind: 'fix-tests',
      testCommand: /`((?:npm|node|npx|yarn|pnpm|pytest|python3?|make|go|cargo)\b[^`\n]*)`/.exec(whole)?.[1] ?? null,
    }),
  },
  { pattern: /^\W*(hi|hello|hey|thanks|thank you|good (morning|day|evening))\b.{0,60}$/i, read: () => ({ kind: 'greeting' }) },
];

/** What one message asks for: the requests that were understood, and the clauses that were not. Pure. */
export function readIntents(message: string): { intents: Intent[]; missed: string[] } {
  const whole = message.trim();
  const failedChecks = [...whole.matchAll(/^Check "[^"\n]*" \((.+)\) (?:failed|did not end|could not be run)\b/gm)].map(
    (match) => match[1],
  );
  if (failedChecks.length > 0) return { intents: [{ kind: 'fix-tests', testCommand: failedChecks.join(' && ') }], missed: [] };
  if (/```/.test(whole) || whole.length > 4000) return matchClauses([whole.slice(0, 20_000)]);
  return matchClauses(clausesOf(whole));
}

function matchClauses(clauses: string[]): { intents: Intent[]; missed: string[] } {
  const intents: Intent[] = [];
  const missed: string[] = [];
  for (const clause of clauses) {
    const intent = matchClause(clause);
    if (!intent) missed.push(clause);
    else if (!intents.some((known) => JSON.stringify(known) === JSON.stringify(intent))) intents.push(intent);
  }
  return { intents, missed };
}

function matchClause(clause: string): Intent | null {
  for (const rule of rules) {
    const match = rule.pattern.exec(clause);
    const intent = match ? rule.read(match.slice(1), clause) : null;
    if (intent) return intent;
  }
  return null;
}

/** Splits at sentence ends, `;`, and "and"/"also" before a verb, never inside quotes. */
function clausesOf(message: string): string[] {
  const kept: string[] = [];
  const masked = message.replace(new RegExp(quoted, 'g'), (match) => `\uE000${kept.push(match) - 1}\uE000`);
  return masked
    .split(
      /\n+|;\s+|(?<=[\w)\uE000])[.!?]\s+(?=[A-Z])|,?\s+(?:and|then|and then)\s+(?:also\s+)?(?=(?:please\s+)?(?:add|create|rename|remove|delete|replace|change|write|append|run|fix|make|put|insert)\b)/i,
    )
    .map((clause) => clause.replace(/\uE000(\d+)\uE000/g, (_mark, index: string) => kept[Number(index)] ?? '').trim())
    .filter((clause) => /\w/.test(clause));
}

function commentIntent(text: string | undefined, place: string | undefined): Intent | null {
  if (text === undefined) return null;
  if (place === undefined || /^(it|this|that|code|file|top)$/i.test(place)) return { kind: 'comment', text, path: null, symbol: null };
  if (/[./]/.test(place)) return safePath(place, (to) => ({ kind: 'comment', text, path: to, symbol: null }));
  return { kind: 'comment', text, path: null, symbol: place };
}

function renameIntent(from: string | undefined, to: string | undefined): Intent | null {
  if (from === undefined || to === undefined || from === to) return null;
  const identifier = /^[A-Za-z_$][\w$]*$/;
  if (identifier.test(from) && identifier.test(to)) return { kind: 'rename-symbol', from, to };
  return isSafe(from) && isSafe(to) ? { kind: 'rename-file', from, to } : null;
}

function contentOf(raw: string): string {
  const fence = /```[^\n]*\n([\s\S]*?)```/.exec(raw);
  const text = fence?.[1] ?? firstOf((new RegExp(`^${quoted}`).exec(raw.trim()) ?? []).slice(1)) ?? raw.trim().replace(/\.$/, '');
  return text.endsWith('\n') ? text : `${text}\n`;
}

function safePath(candidate: string | undefined, make: (path: string) => Intent): Intent | null {
  return candidate !== undefined && isSafe(candidate) ? make(candidate) : null;
}

function isSafe(candidate: string): boolean {
  const normal = posix.normalize(candidate);
  return !normal.startsWith('/') && !normal.startsWith('..') && !normal.startsWith('-') && normal !== '.git' && !normal.startsWith('.git/');
}

function firstOf(groups: readonly (string | undefined)[]): string | undefined {
  return groups.find((group) => group !== undefined);
}
