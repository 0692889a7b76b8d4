import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { Logger } from '../config/logger.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { workflowTypes } from '../workflows/contracts/ids.ts';

/** Name of the worker deployment; its versions are build ids of the workflow bundle. */
export const deploymentName = 'astraforge';

const promoteWithinMs = 60_000;
const pinWithinMs = 10_000;
/** gRPC status code of a call that the server's state does not allow yet. */
const failedPrecondition = 9;

/** Makes this build the current version, once its worker polls: new requests, and parked ones, go on with it. False, logged, when no worker came in time. */
export async function promoteBuild(client: Client, buildId: string, logger: Logger, withinMs = promoteWithinMs): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        deploymentName,
        buildId,
        identity: 'astraforge-worker',
        ignoreMissingTaskQueues: true,
      });
      logger.info('this build is the current version', { deploymentName, buildId });
      return true;
    } catch (error) {
      if (Date.now() > deadline) {
        logger.error('this build could not be made the current version', { deploymentName, buildId, reason: messageOf(error) });
        return false;
      }
      await sleep(100);
    }
  }
}

/**
 * On a laptop there is no worker of an older build: runs pinned to one would wait for ever, so they move to this build. Answers
 * how many.
 */
export async function moveStrandedRuns(client: Client, buildId: string, logger: Logger): Promise<number> {
  const types = [workflowTypes.agentRun, workflowTypes.automatedReview, workflowTypes.housekeeping].map((type) => `'${type}'`).join(',');
  const version = `${deploymentName}:${buildId}`;
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types}) AND TemporalWorkerDeploymentVersion != '${version}'`;
  let moved = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    await pin(client, { workflowId, runId }, buildId);
    logger.info('a run of an older build goes on with this one', { workflowId, buildId });
    moved += 1;
  }
  return moved;
}

/** Pins a workflow to a build. The server knows the queues of a version a moment after its promotion; until then it refuses. */
async function pin(client: Client, workflowExecution: { workflowId: string; runId: string }, buildId: string): Promise<void> {
  const deadline = Date.now() + pinWithinMs;
  for (;;) {
    try {
      await client.workflowService.updateWorkflowExecutionOptions({
        namespace: client.options.namespace,
        workflowExecution,
        workflowExecutionOptions: { versioningOverride: { pinned: { version: { deploymentName, buildId }, behavior: 1 } } },
        updateMask: { paths: ['versioning_override'] },
      });
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || error.code !== failedPrecondition || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
