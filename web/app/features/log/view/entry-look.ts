import {
  BotIcon,
  BrainIcon,
  CircleAlertIcon,
  CircleHelpIcon,
  CircleXIcon,
  FilePenIcon,
  FlagIcon,
  GavelIcon,
  GitBranchIcon,
  GitCommitHorizontalIcon,
  GitPullRequestIcon,
  InfoIcon,
  ListChecksIcon,
  ListTodoIcon,
  type LucideIcon,
  PlayIcon,
  SearchCheckIcon,
  ShieldXIcon,
  SquareTerminalIcon,
  UserIcon,
  WrenchIcon,
} from 'lucide-react';
import type { LogKind, LogTone } from '../model/entry.ts';

/** The sign of each kind of entry, and its name for screen readers. */
export const kindLooks: Readonly<Record<LogKind, { icon: LucideIcon; name: string }>> = {
  message: { icon: BotIcon, name: 'Message' },
  reasoning: { icon: BrainIcon, name: 'Reasoning' },
  plan: { icon: ListTodoIcon, name: 'Plan' },
  question: { icon: CircleHelpIcon, name: 'Question' },
  person: { icon: UserIcon, name: 'Person' },
  command: { icon: SquareTerminalIcon, name: 'Command' },
  files: { icon: FilePenIcon, name: 'Files' },
  check: { icon: ListChecksIcon, name: 'Check' },
  setup: { icon: WrenchIcon, name: 'Set-up' },
  git: { icon: GitBranchIcon, name: 'Git' },
  egress: { icon: ShieldXIcon, name: 'Network' },
  warning: { icon: CircleAlertIcon, name: 'Warning' },
  error: { icon: CircleXIcon, name: 'Error' },
  stage: { icon: FlagIcon, name: 'Stage' },
  run: { icon: PlayIcon, name: 'Run' },
  checkpoint: { icon: GitCommitHorizontalIcon, name: 'Checkpoint' },
  gate: { icon: GavelIcon, name: 'Gate' },
  'merge-request': { icon: GitPullRequestIcon, name: 'Merge request' },
  review: { icon: SearchCheckIcon, name: 'Review' },
  detail: { icon: InfoIcon, name: 'Detail' },
};

/** Colours of a tone; never the only sign of it. */
export const toneClasses: Readonly<Record<LogTone, string>> = {
  neutral: 'text-muted-foreground',
  running: 'text-info',
  good: 'text-success',
  warn: 'text-warning',
  bad: 'text-destructive',
};

/** Kinds whose title is something that was typed. */
export function isTyped(kind: LogKind): boolean {
  return kind === 'command' || kind === 'git';
}

const proseKinds: ReadonlySet<LogKind> = new Set(['message', 'reasoning', 'plan', 'question', 'person', 'gate', 'review']);

/** Kinds whose text is somebody's words rather than output. */
export function isProse(kind: LogKind): boolean {
  return proseKinds.has(kind);
}
