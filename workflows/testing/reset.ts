import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { ResetReapplyType, ResetReapplyExcludeType } = proto.temporal.api.enums.v1;

/**
 * Resets a workflow, as an operator does, to how it stood before its first Update; nothing that came later is applied again. Answers
 * the new run's id.
 */
export async function resetBeforeUpdates(client: Client, workflowId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const update = events?.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes) ?? -1;
  const completed = events?.slice(0, update).filter((event) => event.workflowTaskCompletedEventAttributes) ?? [];
  // The last completed task before the Update is the one that took it.
  const workflowTaskFinishEventId = completed.at(-2)?.eventId;
  if (!workflowTaskFinishEventId) throw new Error(`${workflowId} has no point before an update`);
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowTaskFinishEventId,
    requestId: randomUUID(),
    reason: 'test',
    resetReapplyType: ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
    resetReapplyExcludeTypes: [
      ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
      ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
    ],
  });
  return runId;
}
