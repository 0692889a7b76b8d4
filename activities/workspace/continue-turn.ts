import type { WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import type { CheckResult } from '../../workflows/contracts/request.ts';
import { livingWorkspace } from './deliver.ts';
import type { HostDependencies } from './dependencies.ts';
import { readRunEvents } from './read-turn.ts';
import { requireProject } from './rows.ts';
import { refusedInput, repairInput, turnCommand } from './turn-input.ts';

/** How much of a failing check's output the agent is shown, in characters from its end. */
const shownOutputChars = 20_000;

/** Delivers a repair turn (contracts/activities.ts, `continueTurn`). */
export function createContinueTurn(deps: HostDependencies): WorkspaceActivities['continueTurn'] {
  return async (input) => {
    const { run, workspace: ref, turnMessageId } = input;
    const { tenantId, requestId, projectId } = run.request;
    const [workspace, project, words] = await Promise.all([
      livingWorkspace(deps, ref.workspaceId),
      deps.database.withTenant(tenantId, (tx) => requireProject(tx, projectId)),
      'refusal' in input
        ? refusedInput(input.refusal)
        : failingOutputs(deps, { tenantId, requestId, runId: run.runId }, input.checks).then((seen) => repairInput(input.checks, seen)),
    ]);
    const scope = { tenantId, requestId, runId: run.runId, attempt: ref.attempt };
    await deps.runLog.append(scope, announcement(input, deps.now()), `turn.${turnMessageId}`);
    if ('checkpoint' in input)
      await workspace.deliver({ messageId: `${turnMessageId}-reset`, kind: 'reset', commit: input.checkpoint.commit });
    await workspace.deliver(
      turnCommand({
        messageId: turnMessageId,
        purpose: 'repair',
        input: words,
        model: run.request.model ?? project.settings.model,
        effort: run.request.effort ?? project.settings.effort,
        limits: run.request.limits,
      }),
    );
  };
}

/** The delivery, after what people should know of its reason; a repair of checks shows by the checks. */
function announcement(input: Parameters<WorkspaceActivities['continueTurn']>[0], emittedAtMs: number): NewEvent[] {
  const data = { messageId: input.turnMessageId, kind: 'turn' as const, questionId: null };
  const delivered: NewEvent = { type: 'message.delivered', emittedAtMs, data };
  if (!('refusal' in input)) return [delivered];
  const message = `the work was not stored, and goes back to the agent: ${input.refusal}`;
  return [{ type: 'warning', emittedAtMs, data: { message } }, delivered];
}

/** The end of each failing check's output, from the run log. */
async function failingOutputs(
  deps: HostDependencies,
  source: { tenantId: string; requestId: string; runId: string },
  checks: CheckResult[],
): Promise<Record<string, string>> {
  const failing = new Set(checks.filter((check) => check.status !== 'passed').map((check) => check.name));
  const outputs: Record<string, string> = {};
  for await (const event of readRunEvents(deps.runLog, source)) {
    if (event.type === 'check.started') outputs[event.data.name] = '';
    if (event.type !== 'exec.output' || !failing.has(event.data.name)) continue;
    outputs[event.data.name] = ((outputs[event.data.name] ?? '') + event.data.text).slice(-shownOutputChars);
  }
  return outputs;
}
