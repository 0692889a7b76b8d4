import type { LogEvent } from '../../workflows/contracts/events.ts';
import type { Finding } from '../../workflows/contracts/finding.ts';
import type { MergeRequestRef } from '../../workflows/contracts/request.ts';
import type { Style } from './style.ts';
import { formatDuration, safeLine } from './text.ts';
import { paintStage, plural, shortCommit } from './words.ts';

/** One line, an optional block under it, and what is going on from now on. An empty text prints nothing. */
export interface RenderedEvent {
  text: string;
  detail?: string;
  /** A list under the detail; shown also when the agent has just said the detail itself. */
  items?: string;
  activity?: string;
}

const nothing: RenderedEvent = { text: '' };

/** The words for events that stand on one line: the control plane's, and the rarer ones of a workspace. Pure. */
export function renderControlEvent(event: LogEvent, style: Style): RenderedEvent {
  switch (event.type) {
    case 'request.submitted':
      return { text: `${style('bold', safeLine(event.data.title))} (by ${safeLine(event.data.by, 60)})`, activity: 'submitted' };
    case 'request.stage':
      return renderStage(event.data, style);
    case 'request.message':
      return { text: `${safeLine(event.data.by, 60)} says`, detail: event.data.text };
    case 'run.started':
      return { text: `run ${event.data.ordinal} · ${event.data.purpose}`, activity: 'preparing the workspace' };
    case 'run.attempt':
      return renderAttempt(event.data);
    case 'run.ended':
      return renderRunEnd(event.data, style);
    case 'turn.completed':
      return renderTurnEnd(event.data, style);
    case 'checkpoint.created':
      return {
        text: `checkpoint ${shortCommit(event.data.commit)} · ${plural(event.data.files, 'file')} ${style('green', `+${event.data.insertions}`)} ${style('red', `-${event.data.deletions}`)}`,
        ...(event.data.warnings.length > 0 ? { detail: event.data.warnings.map((warning) => `! ${warning}`).join('\n') } : {}),
        activity: 'checkpoint stored',
      };
    case 'gate.opened':
      return {
        text: `gate opened on ${shortCommit(event.data.subject)}: ${event.data.required === 0 ? 'approved by rule' : `${plural(event.data.required, 'approval')} needed`}`,
        activity: 'waiting for approval',
      };
    case 'gate.closed':
      return { text: `gate ${safeLine(event.data.status, 40)}` };
    case 'gate.decision': {
      const { by, rule, vote, comment } = event.data.decision;
      return {
        text: `${safeLine(by?.name ?? `rule ${rule ?? ''}`, 60)}: ${vote}`,
        ...(comment ? { detail: comment } : {}),
      };
    }
    case 'merge-request.opened':
    case 'merge-request.updated':
    case 'merge-request.merged':
      return renderMergeRequest(event.type, event.data, style);
    case 'review.started':
      return { text: `review of ${shortCommit(event.data.commit)} started`, activity: 'reviewing' };
    case 'review.completed':
      return renderReview(event.data, style);
    default:
      return renderIncident(event, style);
  }
}

function renderIncident(event: LogEvent, style: Style): RenderedEvent {
  switch (event.type) {
    case 'git.command':
      return {
        text: style(
          'dim',
          `git ${event.data.argv
            .map((word) => safeLine(word, 80))
            .join(' ')
            .replace(/^git /, '')} · exit ${event.data.exitCode ?? '?'} · ${formatDuration(event.data.durationMs)}`,
        ),
      };
    case 'preparation.started':
      return { text: '', activity: `preparing the workspace: ${event.data.step} ${safeLine(event.data.subject, 120)}` };
    case 'preparation.completed': {
      const { step, subject, ok, durationMs, message } = event.data;
      const line = `${step} ${safeLine(subject, 160)} · ${ok ? 'done' : `failed: ${safeLine(message, 300)}`} · ${formatDuration(durationMs)}`;
      return { text: style(ok ? 'dim' : 'yellow', line) };
    }
    case 'workspace.ready':
      return { text: style('dim', `workspace ready · ${formatDuration(event.data.startedInMs)}`), activity: 'starting the agent' };
    case 'turn.started':
      return { text: '', activity: 'the agent is thinking' };
    case 'egress.refused':
      return {
        text: style(
          'yellow',
          `! egress refused: ${safeLine(event.data.host, 100)}:${event.data.port} (${safeLine(event.data.reason, 100)})`,
        ),
      };
    case 'limit.exceeded':
      return { text: style('red', `✗ ${event.data.reason}: ${safeLine(event.data.message, 300)}`) };
    case 'warning':
      return { text: style('yellow', `! ${safeLine(event.data.message, 300)}`) };
    case 'error':
      return { text: style('red', `✗ ${safeLine(event.data.message, 300)}`) };
    case 'message.steered':
      return { text: style('dim', 'your message reached the agent in its turn') };
    case 'message.queued':
      return { text: style('dim', `your message waits for the next turn (${safeLine(event.data.reason, 100)})`) };
    case 'message.withdrawn':
      return { text: style('dim', `a message was withdrawn by ${safeLine(event.data.by, 60)}`) };
    case 'question.answered':
      return { text: 'answered', detail: Object.values(event.data.answers).flat().join('\n'), activity: 'the agent is thinking' };
    default:
      return nothing;
  }
}

type Data<T extends LogEvent['type']> = Extract<LogEvent, { type: T }>['data'];

function renderStage(data: Data<'request.stage'>, style: Style): RenderedEvent {
  const reason = data.reason ? ` · ${safeLine(data.reason, 200)}` : '';
  return { text: `${style('bold', '●')} ${data.from} → ${style('bold', paintStage(style, data.to))}${reason}`, activity: data.to };
}

function renderAttempt(data: Data<'run.attempt'>): RenderedEvent {
  const warm = data.warmForMs === undefined ? '' : `, in a warm workspace made ${formatDuration(data.warmForMs)} before`;
  const begunFrom = data.resumedFrom ? `, resumed from ${shortCommit(data.resumedFrom)}` : warm;
  return { text: `attempt ${data.attempt} on ${safeLine(data.host, 60)} (${safeLine(data.provisioner, 40)}${begunFrom})` };
}

function renderRunEnd(data: Data<'run.ended'>, style: Style): RenderedEvent {
  if (data.status === 'succeeded') return { text: '' };
  const reason = data.reason ? ` (${data.reason})` : '';
  return { text: style('red', `✗ run ${safeLine(data.status, 30)}${reason}: ${safeLine(data.message, 300)}`) };
}

function renderTurnEnd(data: Data<'turn.completed'>, style: Style): RenderedEvent {
  if (data.status === 'completed') return { text: '', activity: 'making the checkpoint' };
  return { text: style('red', `✗ turn ${data.status}${data.error ? `: ${safeLine(data.error, 300)}` : ''}`) };
}

function renderMergeRequest(type: string, ref: MergeRequestRef, style: Style): RenderedEvent {
  const verb = type.slice('merge-request.'.length);
  const commit = ref.mergeCommit ?? ref.commit;
  return {
    text: `${style('green', '⇡')} merge request !${ref.number} ${verb} · ${safeLine(ref.branch, 100)} at ${shortCommit(commit)} · ${safeLine(ref.url, 300)}`,
    activity: `merge request ${verb}`,
  };
}

function renderReview(data: Data<'review.completed'>, style: Style): RenderedEvent {
  const count = data.findings.length === 0 ? 'no findings' : plural(data.findings.length, 'finding');
  return {
    text: `${style('bold', `review: ${safeLine(data.verdict, 40)}`)} · ${count}`,
    ...(data.summary.trim() === '' ? {} : { detail: data.summary }),
    ...(data.findings.length === 0 ? {} : { items: data.findings.map(findingLine).join('\n') }),
    activity: 'reviewed',
  };
}

/** One finding on one line: severity, place, title. */
export function findingLine(finding: Pick<Finding, 'severity' | 'path' | 'startLine' | 'title'>): string {
  return `${finding.severity.padEnd(8)} ${safeLine(finding.path, 120)}:${finding.startLine}  ${safeLine(finding.title, 160)}`;
}
