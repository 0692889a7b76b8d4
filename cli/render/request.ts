import type { RequestDetail } from '../client.ts';
import { findingLine } from './control-events.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { formatDuration, safeLine, safeText } from './text.ts';
import { describeAwaiting, paintStage, plural, shortCommit } from './words.ts';
import type { Finding } from '../../workflows/contracts/finding.ts';
import type { StageInterval } from '../../workflows/contracts/request.ts';

/** How a request stands, in a few lines for people: stage, what it waits for and what to type next, its merge request. */
export function describeRequest(request: RequestDetail, style: Style, url: string): string {
  const lines = [`${paintStage(style, request.stage)}  ${style('bold', safeLine(request.title))}`];
  const { awaiting, status } = request;
  if (awaiting) {
    lines.push(style('yellow', describeAwaiting(awaiting)) + (awaiting.message ? `: ${safeLine(awaiting.message, 400)}` : ''));
    for (const asked of awaiting.questions) lines.push(`  ${asked.id}: ${safeLine(asked.question, 300)}`);
    const next = nextCommands(request);
    if (next.length > 0) lines.push(...next.map((command) => `  ${style('dim', '›')} ${command}`));
  }
  if (status?.reason) lines.push(`reason: ${safeLine(status.reason, 400)}`);
  if (status?.outcome) lines.push(`outcome: ${status.outcome}`);
  if (status?.checkpoint) {
    const { commit, stat, warnings } = status.checkpoint;
    lines.push(`checkpoint ${shortCommit(commit)}: ${plural(stat.files, 'file')}, +${stat.insertions} -${stat.deletions}`);
    lines.push(...warnings.map((warning) => style('yellow', `! ${safeLine(warning, 300)}`)));
  }
  for (const check of request.checks) {
    lines.push(`check ${safeLine(check.name, 80)}: ${check.status} in ${formatDuration(check.durationMs)}`);
  }
  if (request.mergeRequest) {
    const { number, state, branch, targetBranch, url: link } = request.mergeRequest;
    lines.push(
      `merge request !${number} (${state}): ${safeLine(branch, 120)} into ${safeLine(targetBranch, 120)}`,
      `  ${safeLine(link, 300)}`,
    );
  }
  lines.push(style('dim', `${url}/requests/${request.requestId}`));
  return `${lines.join('\n')}\n`;
}

/** The commands that move a waiting request on, ready to paste. Pure. */
function nextCommands(request: Pick<RequestDetail, 'requestId' | 'awaiting'>): string[] {
  const { requestId, awaiting } = request;
  const templates: Partial<Record<string, string>> = {
    approve: `astraforge approve ${requestId}`,
    reject: `astraforge reject ${requestId} --comment "…"`,
    amend: `astraforge reject ${requestId} --changes --comment "…"`,
    chat: `astraforge chat ${requestId} "…"`,
    answer: `astraforge answer ${requestId}`,
    retry: `astraforge retry ${requestId}`,
    cancel: `astraforge cancel ${requestId}`,
    merge: `astraforge merge ${requestId}`,
  };
  return (awaiting?.actions ?? []).flatMap((action) => templates[action] ?? []);
}

/** Time spent in each stage, in the order in which they came first; a stage that came twice is added up. An open one counts until `nowMs`. */
export function stageDurations(stages: readonly StageInterval[], nowMs: number): Record<string, number> {
  const durations: Record<string, number> = {};
  for (const { stage, fromMs, toMs } of stages) {
    durations[stage] = (durations[stage] ?? 0) + Math.max(0, Math.round((toMs ?? nowMs) - fromMs));
  }
  return durations;
}

/** The table of each stage's time with its sum. */
export function stageTable(durations: Readonly<Record<string, number>>): string {
  const rows = Object.entries(durations).map(([stage, ms]) => [stage, formatDuration(ms)]);
  const total = Object.values(durations).reduce((sum, ms) => sum + ms, 0);
  return renderTable([{ title: 'stage' }, { title: 'time', align: 'right' }], [...rows, ['together', formatDuration(total)]]);
}

/** Findings of a review with their explanations. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings.map((finding) => `${findingLine(finding)}\n${indent(safeText(finding.body))}`).join('');
}

function indent(text: string): string {
  const lines = text.trim().split('\n');
  return lines.map((line) => `         ${line}\n`).join('');
}
