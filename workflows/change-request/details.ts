import type { RequestState } from './state.ts';

/** Markdown for Temporal Web: what an operator wants to know at a glance. No prompt, no secret. */
export function detailsOf(state: RequestState): string {
  const { status, input } = state;
  const lines = [
    `**${status.stage}**${status.awaiting ? ` · awaiting ${status.awaiting.kind}: ${status.awaiting.message}` : ''}`,
    `- project: ${input.projectName}, base \`${input.baseBranch}\`, executor ${input.executor}`,
    `- runs: ${status.runCount}${status.activeRunId ? `, at work: \`${status.activeRunId}\`` : ''}, messages waiting: ${state.pending.length}`,
  ];
  if (status.checkpoint) lines.push(`- checkpoint: \`${status.checkpoint.commit}\``);
  if (status.gate)
    lines.push(`- gate: ${status.gate.status} on \`${status.gate.subject.id}\`, ${status.gate.decisions.length} decision(s)`);
  if (status.mergeRequest) lines.push(`- merge request: ${status.mergeRequest.url}`);
  return lines.join('\n');
}
