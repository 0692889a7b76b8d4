import { shell, type Program } from './program.ts';
import { findIssues, parseUnifiedDiff, type Issue } from './review-heuristics.ts';

/** Reads the diff that the review request names by a tool call and answers Codex's review JSON. */
export function* reviewChange(message: string, cwd: string): Program {
  const { output, truncated, exitCode } = yield* shell(diffCommand(message), { maxOutputTokens: 100_000 });
  if (exitCode !== 0) return answer([], cwd, 'The diff could not be read, so nothing was checked.');
  const files = parseUnifiedDiff(output);
  const issues = findIssues(files);
  const scope = `${files.length} changed file${files.length === 1 ? '' : 's'}${truncated ? ', of which only a part could be read' : ''}`;
  return answer(issues, cwd, `Reviewed by a scripted demo model with simple rules over ${scope}. ${describeIssues(issues)}`);
}

/** The comparison that Codex's request asks for; only a commit or a plain ref name is taken over from it. */
function diffCommand(message: string): string {
  const options = '--no-color --no-ext-diff --no-textconv --unified=3';
  const commit = /git diff ([0-9a-f]{7,64})/.exec(message)?.[1] ?? /\b([0-9a-f]{40})\b/.exec(message)?.[1];
  if (commit) return `git diff ${options} ${commit}`;
  const branch = /base branch '([\w./-]+)'/.exec(message)?.[1];
  if (branch && !branch.startsWith('-')) return `git diff ${options} $(git merge-base HEAD ${branch})`;
  return `git diff ${options} HEAD`;
}

function describeIssues(issues: readonly Issue[]): string {
  if (issues.length === 0) return 'None of its rules found anything.';
  return `Its rules found ${issues.length} thing${issues.length === 1 ? '' : 's'} to look at.`;
}

function answer(issues: readonly Issue[], cwd: string, explanation: string): string {
  const findings = issues.map((issue) => ({
    title: `[P${issue.priority}] ${issue.title}`.slice(0, 80),
    body: issue.body,
    confidence_score: issue.confidence,
    priority: issue.priority,
    code_location: {
      absolute_file_path: `${cwd.replace(/\/$/, '')}/${issue.path}`,
      line_range: { start: issue.startLine, end: issue.endLine },
    },
  }));
  const incorrect = issues.some((issue) => issue.priority <= 1);
  return JSON.stringify({
    findings,
    overall_correctness: incorrect ? 'patch is incorrect' : 'patch is correct',
    overall_explanation: explanation,
    overall_confidence_score: 0.3,
  });
}
