import { z } from 'zod';
import type { Severity } from '../../workflows/contracts/finding.ts';

/** A remark as Codex gives it, its path made relative to the checkout. */
export interface RawFinding {
  path: string;
  startLine: number;
  endLine: number;
  severity: Severity;
  title: string;
  body: string;
}

export interface ParsedReview {
  summary: string;
  /** Codex's own verdict; null when it gave none. */
  correct: boolean | null;
  findings: RawFinding[];
}

const maxFindings = 50;
const maxBodyChars = 10_000;

/** What `codex review` answers as JSON. Unknown fields are ignored, wrong ones make the text be read as prose. */
const CodexReview = z.object({
  findings: z.array(
    z.object({
      title: z.string(),
      body: z.string(),
      priority: z.number().nullish(),
      code_location: z.object({
        absolute_file_path: z.string(),
        line_range: z.object({ start: z.number(), end: z.number() }),
      }),
    }),
  ),
  overall_correctness: z.string().nullish(),
  overall_explanation: z.string().nullish(),
});

/**
 * Reads the last message of a review turn: Codex's JSON, or the text that its app-server renders from it (`- [P1] title —
 * path:start-end` and an indented body). Pure and total: a text without remarks is a summary.
 */
export function parseReview(text: string, checkoutDir: string): ParsedReview {
  const parsed = parseJson(text, checkoutDir) ?? parseRendered(text, checkoutDir);
  return { ...parsed, findings: parsed.findings.slice(0, maxFindings) };
}

function parseJson(text: string, checkoutDir: string): ParsedReview | null {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start) return null;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start, end + 1));
  } catch {
    return null;
  }
  const review = CodexReview.safeParse(value);
  if (!review.success) return null;
  const { findings, overall_correctness: verdict, overall_explanation: explanation } = review.data;
  return {
    summary: (explanation ?? '').trim(),
    correct: verdict == null ? null : !/incorrect|not correct/i.test(verdict),
    findings: findings.flatMap((finding) => {
      const { start: from, end: to } = finding.code_location.line_range;
      const where = { path: finding.code_location.absolute_file_path, from, to };
      return toFinding(where, { title: finding.title, body: finding.body, priority: finding.priority ?? null }, checkoutDir);
    }),
  };
}

const headPattern = /^- (?:\[[ x]\] )?(.+) — (.+):(\d+)-(\d+)$/;

function parseRendered(text: string, checkoutDir: string): ParsedReview {
  const summary: string[] = [];
  const findings: { head: RegExpExecArray; body: string[] }[] = [];
  for (const line of text.split('\n')) {
    const head = headPattern.exec(line.trimEnd());
    const current = findings.at(-1);
    if (head) findings.push({ head, body: [] });
    else if (current) current.body.push(line.replace(/^ {2}/, ''));
    else if (!/^(Full review comments|Review comment):$/.test(line.trim())) summary.push(line);
  }
  return {
    summary: summary.join('\n').trim(),
    correct: null,
    findings: findings.flatMap(({ head, body }) => {
      const where = { path: head[2] ?? '', from: Number(head[3]), to: Number(head[4]) };
      return toFinding(where, { title: head[1] ?? '', body: body.join('\n'), priority: null }, checkoutDir);
    }),
  };
}

function toFinding(
  where: { path: string; from: number; to: number },
  words: { title: string; body: string; priority: number | null },
  checkoutDir: string,
): RawFinding[] {
  const path = relativePath(where.path, checkoutDir);
  if (path === null) return [];
  const marked = /^\[P(\d)\]\s*/.exec(words.title);
  const priority = words.priority ?? (marked?.[1] === undefined ? null : Number(marked[1]));
  const startLine = lineNumber(where.from);
  return [
    {
      path,
      startLine,
      endLine: Math.max(startLine, lineNumber(where.to)),
      severity: severityOf(priority),
      title: words.title
        .slice(marked?.[0].length ?? 0)
        .trim()
        .slice(0, 300),
      body: words.body.trim().slice(0, maxBodyChars),
    },
  ];
}

/** Codex's priorities: 0 drop everything, 1 urgent, 2 normal, 3 low. */
function severityOf(priority: number | null): Severity {
  const scale: Severity[] = ['critical', 'high', 'medium', 'low'];
  return priority === null ? 'info' : (scale[priority] ?? 'info');
}

/** Within the checkout; null for anything outside of it: a remark may not name another file of the machine. */
function relativePath(path: string, checkoutDir: string): string | null {
  const inside = path.startsWith(`${checkoutDir}/`) ? path.slice(checkoutDir.length + 1) : path.replace(/^\.\//, '');
  if (inside === '' || inside.startsWith('/') || inside.split('/').includes('..')) return null;
  return inside;
}

function lineNumber(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(10_000_000, Math.trunc(value))) : 0;
}
