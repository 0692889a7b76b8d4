import type { Schemas } from '~/lib/api.ts';
import type { LogEvent } from '~/lib/log-event.ts';
import { formatCount, formatDuration } from '~/lib/format.ts';

export type Run = Schemas['Run'];

/** Commands of a run, as far as its log tells. */
export interface CommandCount {
  run: number;
  failed: number;
}

/** A fact of two runs: what it is in each, and how the right one differs; null where there is nothing to compare. */
export interface FactRow {
  label: string;
  left: string;
  right: string;
  change: string | null;
}

/** The runs that an address picks; without a choice the newest and the one before it. Null while there are not two. */
export function pickRuns(runs: readonly Run[], left: string | null, right: string | null): { left: Run; right: Run } | null {
  const ordered = [...runs].sort((a, b) => a.ordinal - b.ordinal);
  if (ordered.length < 2) return null;
  const find = (runId: string | null) => ordered.find((run) => run.runId === runId);
  const rightRun = find(right) ?? ordered.findLast(({ runId }) => runId !== left);
  const leftRun = find(left) ?? ordered.findLast((run) => run.ordinal < (rightRun?.ordinal ?? 0)) ?? ordered[0];
  return leftRun && rightRun ? { left: leftRun, right: rightRun } : null;
}

/** Counts a run's commands from its events, whatever others are among them. */
export function countCommands(events: readonly LogEvent[]): CommandCount {
  const count = { run: 0, failed: 0 };
  for (const event of events) {
    if (event.type === 'command.started') count.run++;
    if (event.type === 'command.completed' && event.data.exitCode !== null && event.data.exitCode !== 0) count.failed++;
  }
  return count;
}

/** Two runs' facts, row by row. A run that goes on has its time so far. */
export function compareFacts(left: Run, right: Run, commands: { left: CommandCount; right: CommandCount }, nowMs: number): FactRow[] {
  const durations = [left, right].map((run) => Math.max(0, (run.endedAtMs ?? nowMs) - run.createdAtMs)) as [number, number];
  const files = [left, right].map(({ checkpoint }) => checkpoint?.stat.files ?? null) as [number | null, number | null];
  return [
    numbers('Duration', durations, formatDuration),
    numbers('Tokens read', [left.inputTokens, right.inputTokens], formatCount),
    numbers('Tokens written', [left.outputTokens, right.outputTokens], formatCount),
    numbers('Attempts', [left.attempts, right.attempts], String),
    numbers('Commands', [commands.left.run, commands.right.run], String),
    numbers('Commands that failed', [commands.left.failed, commands.right.failed], String),
    numbers('Files changed', files, String),
    numbers('Lines added', [left.checkpoint?.stat.insertions ?? null, right.checkpoint?.stat.insertions ?? null], String),
    numbers('Lines removed', [left.checkpoint?.stat.deletions ?? null, right.checkpoint?.stat.deletions ?? null], String),
    ...checkRows(left, right),
  ];
}

function numbers(label: string, [left, right]: readonly [number | null, number | null], format: (value: number) => string): FactRow {
  const shown = (value: number | null) => (value === null ? '–' : format(value));
  return {
    label,
    left: shown(left),
    right: shown(right),
    change: left === null || right === null ? null : difference(right - left, format),
  };
}

function difference(value: number, format: (value: number) => string): string {
  if (value === 0) return 'same';
  return `${value > 0 ? '+' : '−'}${format(Math.abs(value))}`;
}

/** A row for each check that either run had, in the order of the right one. */
function checkRows(left: Run, right: Run): FactRow[] {
  const names = new Set([...right.checks, ...left.checks].map(({ name }) => name));
  return [...names].map((name) => {
    const [before, after] = [left, right].map(({ checks }) => checks.find((check) => check.name === name)?.status ?? null);
    const change = before === null || after === null ? null : before === after ? 'same' : `now ${after}`;
    return { label: `Check ${name}`, left: before ?? '–', right: after ?? '–', change };
  });
}
