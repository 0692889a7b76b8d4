import { activityInfo } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { programCache } from '../config/paths.ts';
import { createForgeRegistry } from '../forges/registry.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { taskQueues } from '../workflows/contracts/ids.ts';
import type { ControlActivities } from '../workflows/contracts/activities.ts';
import { openCheckpointActivities } from './checkpoint.ts';
import { deploymentName, moveStrandedRuns, promoteBuild } from './deployment.ts';
import { errorTranslator } from './errors.ts';
import { createForgeActivities } from './forge.ts';
import { createHousekeepingActivities } from './housekeeping.ts';
import { createProjectionActivities } from './projection.ts';
import { ensureHousekeepingSchedule } from './schedule.ts';
import type { Services } from './services.ts';
import { countingTries } from './tries.ts';
import { currentRunReader, openRequestsReader, presenceReader, reprojectSignaller, slotSignaller } from './temporal.ts';
import { dropRepository } from './workspace/release.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

/** Every activity of the queue `control`, from its services. */
function createControlActivities(services: Services): ControlActivities {
  const { config, database, runLog, git, logger, temporal } = services;
  const shared = { database, runLog, logger, now: Date.now };
  const signalSlotGranted = slotSignaller(temporal.client);
  const currentRun = currentRunReader(temporal.client);
  const forges = createForgeRegistry({ database, git, config, logger });
  return {
    ...createProjectionActivities({
      ...shared,
      signalSlotGranted,
      dropRun: (runId) => dropRepository({ git, logger }, runId),
      idleWorkspaceMs: config.IDLE_WORKSPACE_MS,
      currentRun,
      callerRunId: () => activityInfo().workflowExecution?.runId ?? '',
    }),
    finaliseCheckpoint: countingTries(openCheckpointActivities(services).finaliseCheckpoint),
    ...createForgeActivities({ database, git, logger, publicUrl: config.PUBLIC_URL, forge: forges }),
    ...createHousekeepingActivities({
      ...shared,
      git,
      signalSlotGranted,
      presence: presenceReader(temporal.client),
      openRequests: openRequestsReader(temporal.client),
      signalReproject: reprojectSignaller(temporal.client),
    }),
  };
}

/**
 * The worker of the queue `control`: all workflows and their database and forge steps. After it polls, its build becomes the
 * current version and the housekeeper's Schedule is there. `alone`: no worker of an older build exists beside it.
 */
export async function createControlWorker(
  services: Services,
  options: { alone: boolean },
): Promise<{ worker: Worker; afterStart: () => Promise<void> }> {
  const { config, logger, temporal } = services;
  const bundle = await loadWorkflowBundle(programCache(), logger);
  const worker = await Worker.create({
    connection: temporal.native,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: taskQueues.control,
    workflowBundle: { code: bundle.code },
    activities: createControlActivities(services),
    interceptors: { activity: [errorTranslator(logger)] },
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName, buildId: bundle.buildId },
      defaultVersioningBehavior: 'PINNED',
    },
    // Waiting requests stay cached: a query then costs no replay.
    maxCachedWorkflows: 300,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentActivityTaskExecutions: 50,
    maxConcurrentLocalActivityExecutions: 50,
    shutdownGraceTime: '5 s',
    shutdownForceTime: '12 s',
  });
  return { worker, afterStart: () => afterStart(services, bundle.buildId, options.alone) };
}

async function afterStart({ temporal, logger }: Services, buildId: string, alone: boolean): Promise<void> {
  await promoteBuild(temporal.client, buildId, logger);
  try {
    await ensureHousekeepingSchedule(temporal.client);
    if (alone) await moveStrandedRuns(temporal.client, buildId, logger);
  } catch (error) {
    logger.warn('a step after the start failed; the next start tries it again', { reason: messageOf(error) });
  }
}
