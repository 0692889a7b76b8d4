import type { EventData, EventType, LogEvent } from '../../../../../workflows/contracts/events.ts';
import { formatDuration } from '~/lib/format.ts';
import { describeStage as stageWords } from '~/lib/stages.ts';
import { oneLine } from '../terminal/visible.ts';
import type { LogEntry, LogKind, LogTone } from './entry.ts';

/** What an event that stands for itself says. */
export interface Description {
  kind: LogKind;
  title: string;
  tone?: LogTone;
  result?: string;
  durationMs?: number | null;
  /** Text under the title, foreign and many-lined. */
  detail?: string;
}

/** The words for an event that is an entry of its own; null for one that a reader of the log need not see. Pure. */
export function describeEvent(event: LogEvent): Description | null {
  if ('shortened' in event.data) return { kind: 'detail', title: `${oneLine(event.type, 60)}: too long to show here` };
  return describeControl(event) ?? describeWorkspace(event);
}

function describeControl(event: LogEvent): Description | null {
  switch (event.type) {
    case 'request.submitted':
      return { kind: 'stage', title: `Submitted by ${oneLine(event.data.by, 60)}: ${oneLine(event.data.title)}` };
    case 'request.stage':
      return describeStage(event.data);
    case 'request.message':
      return { kind: 'person', title: `${oneLine(event.data.by, 60)} says`, detail: event.data.text };
    case 'run.started':
      return { kind: 'run', title: `Run ${event.data.ordinal}: ${event.data.purpose}` };
    case 'run.attempt':
      return describeAttempt(event.data);
    case 'run.ended':
      return describeRunEnd(event.data);
    case 'checkpoint.created':
      return describeCheckpoint(event.data);
    case 'gate.opened':
      return describeGate(event.data);
    case 'gate.closed':
      return { kind: 'gate', title: `The gate is closed: ${oneLine(event.data.status, 40)}` };
    case 'gate.decision':
      return describeDecision(event.data);
    case 'merge-request.opened':
    case 'merge-request.updated':
    case 'merge-request.merged':
      return describeMergeRequest(event.type, event.data);
    case 'review.started':
      return { kind: 'review', title: `Review of ${shortCommit(event.data.commit)} started` };
    case 'review.completed':
      return describeReview(event.data);
    default:
      return null;
  }
}

function describeWorkspace(event: LogEvent): Description | null {
  switch (event.type) {
    case 'workspace.ready':
      return { kind: 'setup', title: 'The workspace is ready', durationMs: event.data.startedInMs };
    case 'turn.started':
      return { kind: 'detail', title: 'The agent began its turn' };
    case 'turn.completed':
      return describeTurnEnd(event.data);
    case 'agent.reasoning':
      return { kind: 'reasoning', title: 'The agent thinks', detail: event.data.text };
    case 'agent.plan':
      return { kind: 'plan', title: 'Plan', detail: event.data.steps.map(({ step, status }) => `${planMark(status)} ${step}`).join('\n') };
    case 'file.changed':
      return describeFiles(event.data.changes);
    case 'question.asked':
      return { kind: 'question', title: 'The agent asks', tone: 'warn', detail: event.data.questions.map(questionText).join('\n') };
    case 'question.answered':
      return { kind: 'person', title: 'Answered', detail: answerText(event.data) };
    case 'message.steered':
      return { kind: 'person', title: 'A message reached the agent in its turn' };
    case 'message.queued':
      return { kind: 'person', title: `A message waits for the next turn: ${oneLine(event.data.reason)}` };
    case 'saved':
      return { kind: 'detail', title: `Saved ${shortCommit(event.data.commit)}` };
    case 'git.command':
      return describeGit(event.data);
    case 'egress.refused':
      return {
        kind: 'egress',
        tone: 'warn',
        title: `No way out to ${oneLine(event.data.host, 120)}:${event.data.port}: ${oneLine(event.data.reason)}`,
      };
    case 'limit.exceeded':
      return { kind: 'error', tone: 'bad', title: `Limit reached (${event.data.reason}): ${oneLine(event.data.message)}` };
    case 'warning':
      return withDetail({ kind: 'warning', tone: 'warn' }, event.data.message);
    case 'error':
      return withDetail({ kind: 'error', tone: 'bad' }, event.data.message);
    case 'raw':
      return { kind: 'detail', title: oneLine(event.data.method, 120), detail: JSON.stringify(event.data.params, null, 2) ?? '' };
    default:
      return null;
  }
}

function describeStage({ from, to, reason }: EventData<'request.stage'>): Description {
  const tones: Partial<Record<typeof to, LogTone>> = { BLOCKED: 'warn', FAILED: 'bad', DONE: 'good' };
  const because = reason ? `: ${oneLine(reason)}` : '';
  return {
    kind: 'stage',
    title: `${stageWords(from).label} → ${stageWords(to).label}${because}`,
    ...(tones[to] ? { tone: tones[to] } : {}),
  };
}

function describeAttempt({ attempt, host, provisioner, resumedFrom, warmForMs }: EventData<'run.attempt'>): Description {
  const warm = warmForMs === undefined ? '' : `, in a warm workspace made ${formatDuration(warmForMs)} before`;
  const begunFrom = resumedFrom ? `, resumed from ${shortCommit(resumedFrom)}` : warm;
  return { kind: 'run', title: `Attempt ${attempt} on ${oneLine(host, 60)} (${oneLine(provisioner, 40)}${begunFrom})` };
}

function describeRunEnd({ status, reason, message }: EventData<'run.ended'>): Description {
  if (status === 'succeeded') return { kind: 'run', title: 'The run ended well', tone: 'good' };
  const why = reason ? ` (${reason})` : '';
  const words = message ? `: ${oneLine(message)}` : '';
  return { kind: 'run', title: `The run ended: ${oneLine(status, 30)}${why}${words}`, tone: status === 'failed' ? 'bad' : 'warn' };
}

function describeTurnEnd({ status, reason, error }: EventData<'turn.completed'>): Description {
  if (status === 'completed') return { kind: 'detail', title: 'The agent ended its turn' };
  const why = reason ? ` (${reason})` : '';
  const words = error ? `: ${oneLine(error)}` : '';
  if (status === 'interrupted') return { kind: 'detail', title: `The turn was interrupted${why}${words}` };
  return { kind: 'error', title: `The turn failed${why}${words}`, tone: 'bad' };
}

function describeCheckpoint({ commit, files, insertions, deletions, warnings }: EventData<'checkpoint.created'>): Description {
  const count = files === 1 ? '1 file' : `${files} files`;
  return {
    kind: 'checkpoint',
    title: `Checkpoint ${shortCommit(commit)}: ${count}, +${insertions} −${deletions}`,
    ...(warnings.length > 0 ? { tone: 'warn', detail: warnings.join('\n') } : {}),
  };
}

function describeGate({ subject, required }: EventData<'gate.opened'>): Description {
  const votes = required === 1 ? '1 approval' : `${required} approvals`;
  const title = required === 0 ? 'approved by a recorded rule' : `${votes} needed`;
  return { kind: 'gate', title: `Gate on ${shortCommit(subject)}: ${title}` };
}

/** A decision with a very long comment comes without its parts (db/run-log keeps the beginning of each body alone). */
function describeDecision({ decision }: { decision: EventData<'gate.decision'>['decision'] | null }): Description {
  if (!decision) return { kind: 'gate', title: 'A decision, with words too long to show here' };
  const { by, rule, vote, comment } = decision;
  const who = oneLine(by?.name ?? `The rule ${rule ?? ''}`, 60);
  const verb = { approve: 'approved', reject: 'rejected', 'changes-requested': 'asked for changes' }[vote];
  return { kind: 'gate', title: `${who} ${verb}`, tone: vote === 'approve' ? 'good' : 'warn', ...(comment ? { detail: comment } : {}) };
}

function describeMergeRequest(type: EventType, ref: EventData<'merge-request.opened'>): Description {
  const verb = type.slice('merge-request.'.length);
  const commit = shortCommit(ref.mergeCommit ?? ref.commit);
  return {
    kind: 'merge-request',
    title: `Merge request !${ref.number} ${verb}: ${oneLine(ref.branch, 100)} at ${commit}`,
    ...(verb === 'merged' ? { tone: 'good' } : {}),
  };
}

function describeReview({ verdict, summary, findings }: EventData<'review.completed'>): Description {
  const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  const remarks = findings.map(({ severity, path, startLine, title }) => `${severity}  ${path}:${startLine}  ${title}`);
  return { kind: 'review', title: `Review: ${oneLine(verdict, 40)}, ${count}`, detail: [summary.trim(), ...remarks].join('\n').trim() };
}

function describeFiles(changes: EventData<'file.changed'>['changes']): Description {
  const lines = changes.map(({ kind, path }) => `${kind} ${path.replace(/^\/workspace\//, '')}`);
  if (lines.length === 1) return { kind: 'files', title: `Files: ${oneLine(lines[0] ?? '')}` };
  return { kind: 'files', title: `Files: ${lines.length} changed`, detail: lines.join('\n') };
}

function questionText({ question, options }: EventData<'question.asked'>['questions'][number]): string {
  const choices = options.map(({ label, description }) => `  • ${label}${description ? `: ${description}` : ''}`);
  return [question, ...choices].join('\n');
}

/** Very long answers come without their text. */
function answerText({ answers }: { answers: EventData<'question.answered'>['answers'] | null }): string {
  return Object.values(answers ?? {})
    .flat()
    .join('\n');
}

function describeGit({ argv, exitCode, durationMs }: EventData<'git.command'>): Description {
  const words = argv[0] === 'git' ? argv.slice(1) : argv;
  const failed = exitCode !== 0;
  return {
    kind: 'git',
    title: oneLine(`git ${words.join(' ')}`),
    durationMs,
    ...(failed ? { tone: 'warn', result: exitCode === null ? 'no exit code' : `exit ${exitCode}` } : {}),
  };
}

function withDetail(base: Pick<Description, 'kind' | 'tone'>, message: string): Description {
  const title = oneLine(message);
  return { ...base, title, ...(title === message.trim() ? {} : { detail: message }) };
}

function planMark(status: string): string {
  if (status === 'completed') return '✓';
  return status === 'in_progress' || status === 'inProgress' ? '▸' : '·';
}

function shortCommit(commit: string): string {
  return oneLine(commit, 64).slice(0, 12);
}

/** The command that a person would type, when an agent wraps it in a shell and its quoting allows to tell. */
export function withoutShell(command: string): string {
  const match = /^(?:\/usr)?(?:\/bin\/)?(?:ba|z|da)?sh -l?c (['"])([\s\S]*)\1$/.exec(command);
  const [, quote = '', inner] = match ?? [];
  if (inner === undefined || inner.includes(quote) || (quote === '"' && /[\\$`]/.test(inner))) return command;
  return inner;
}

/** How a command ended, for its title line. */
export function describeExit(exitCode: number | null): Pick<LogEntry, 'tone' | 'result'> {
  if (exitCode === null) return { tone: 'warn', result: 'no exit code' };
  return { tone: exitCode === 0 ? 'good' : 'bad', result: `exit ${exitCode}` };
}
