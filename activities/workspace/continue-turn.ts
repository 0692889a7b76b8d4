import type { WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import type { CheckResult } from '../../workflows/contracts/request.ts';
import { livingWorkspace } from './deliver.ts';
import type { HostDependencies } from './dependencies.ts';
import { readRunEvents } from './read-turn.ts';
import { requireProject } from './rows.ts';
import { repairInput, turnCommand } from './turn-input.ts';

/** How much of a failing check's output the agent is shown, in characters from its end. */
const shownOutputChars = 20_000;

/** Delivers a repair turn onto the checkpoint whose checks failed (contracts/activities.ts, `continueTurn`). */
export function createContinueTurn(deps: HostDependencies): WorkspaceActivities['continueTurn'] {
  return async ({ run, workspace: ref, turnMessageId, checkpoint, checks }) => {
    const { tenantId, requestId, projectId } = run.request;
    const [workspace, project, outputs] = await Promise.all([
      livingWorkspace(deps, ref.workspaceId),
      deps.database.withTenant(tenantId, (tx) => requireProject(tx, projectId)),
      failingOutputs(deps, { tenantId, requestId, runId: run.runId }, checks),
    ]);
    const scope = { tenantId, requestId, runId: run.runId, attempt: ref.attempt };
    const data = { messageId: turnMessageId, kind: 'turn' as const, questionId: null };
    await deps.runLog.append(scope, [{ type: 'message.delivered', emittedAtMs: deps.now(), data }], `turn.${turnMessageId}`);
    await workspace.deliver({ messageId: `${turnMessageId}-reset`, kind: 'reset', commit: checkpoint.commit });
    await workspace.deliver(
      turnCommand({
        messageId: turnMessageId,
        purpose: 'repair',
        input: repairInput(checks, outputs),
        model: run.request.model ?? project.settings.model,
        effort: run.request.effort ?? project.settings.effort,
        limits: run.request.limits,
      }),
    );
  };
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
