import type { OutputText } from './output-text.ts';

/** What an entry of the log tells. */
export type LogKind =
  | 'message'
  | 'reasoning'
  | 'plan'
  | 'question'
  | 'person'
  | 'command'
  | 'files'
  | 'check'
  | 'setup'
  | 'git'
  | 'egress'
  | 'warning'
  | 'error'
  | 'stage'
  | 'run'
  | 'checkpoint'
  | 'gate'
  | 'merge-request'
  | 'review'
  | 'detail';

/** How an entry ended, or that it has not; `bad` is what "next error" stops at. */
export type LogTone = 'neutral' | 'running' | 'good' | 'warn' | 'bad';

/** A text that was too long for its event: the whole is an artifact; null when not even the store took it. */
export interface LongText {
  artifactId: string | null;
  sizeBytes: number;
}

/** One entry of a log, folded from its events: a message, a command with its output, a change of stage. */
export interface LogEntry {
  /** Of its first event: what a link names. */
  readonly seq: number;
  readonly atMs: number;
  readonly runId: string | null;
  readonly kind: LogKind;
  /** One line, safe to show. */
  readonly title: string;
  readonly tone: LogTone;
  /** How it ended, in a word or two: `exit 1`, `passed`. */
  readonly result: string | null;
  readonly durationMs: number | null;
  /** What stands under the title; null for entries of one line. */
  readonly body: OutputText | null;
  readonly longTexts: readonly LongText[];
  /** Grows with each change: what is rendered of an entry can be kept while it stays. */
  readonly version: number;
}

/** Kinds that a reader shows and hides together. */
export const logGroups = {
  agent: { label: 'Agent', kinds: ['message', 'reasoning', 'plan', 'question', 'files'] },
  people: { label: 'People', kinds: ['person', 'gate'] },
  commands: { label: 'Commands', kinds: ['command'] },
  checks: { label: 'Checks', kinds: ['check', 'review'] },
  problems: { label: 'Problems', kinds: ['egress', 'warning', 'error'] },
  progress: { label: 'Progress', kinds: ['stage', 'run', 'checkpoint', 'merge-request'] },
  system: { label: 'Set-up and git', kinds: ['setup', 'git', 'detail'] },
} as const satisfies Record<string, { label: string; kinds: readonly LogKind[] }>;
export type LogGroup = keyof typeof logGroups;

const groupsOfKinds = new Map<LogKind, LogGroup>(
  (Object.keys(logGroups) as LogGroup[]).flatMap((group) => logGroups[group].kinds.map((kind) => [kind, group] as const)),
);

/** The group that a kind belongs to. */
export function groupOf(kind: LogKind): LogGroup {
  return groupsOfKinds.get(kind) ?? 'system';
}

/** Whether an entry shows its body when nobody chose: words do, output and thoughts do not, a failed check does. */
export function opensByItself(entry: Pick<LogEntry, 'kind' | 'tone'>): boolean {
  switch (entry.kind) {
    case 'message':
    case 'plan':
    case 'question':
    case 'person':
    case 'gate':
    case 'review':
    case 'error':
    case 'warning':
    case 'run':
    case 'checkpoint':
      return true;
    case 'check':
      return entry.tone === 'bad';
    case 'setup':
      return entry.tone === 'warn';
    case 'reasoning':
    case 'command':
    case 'files':
    case 'git':
    case 'egress':
    case 'stage':
    case 'merge-request':
    case 'detail':
      return false;
  }
}
