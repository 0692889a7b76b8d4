import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { issueRunToken } from '../workspace/gateway/token.ts';
import type { HostActivities } from '../workflows/contracts/activities.ts';
import { taskQueues } from '../workflows/contracts/ids.ts';
import { openCheckpointActivities } from './checkpoint.ts';
import { errorTranslator } from './errors.ts';
import { createReviewActivities } from './review/review.ts';
import type { Services } from './services.ts';
import { createContinueTurn } from './workspace/continue-turn.ts';
import { createDeliver } from './workspace/deliver.ts';
import type { HostDependencies } from './workspace/dependencies.ts';
import { installationEgress } from './workspace/egress.ts';
import { snapshotSettings } from './workspace/snapshot-settings.ts';
import { createProjectPlans } from './workspace/project-plans.ts';
import { createRelease } from './workspace/release.ts';
import { createRunChecks } from './workspace/run-checks.ts';
import { openProvisioner } from './workspace/open-provisioner.ts';
import { createStartTurn } from './workspace/start-turn.ts';
import { createStarts } from './workspace/starts.ts';
import { createWatchRegistry } from './workspace/watch-registry.ts';
import { createWatchTurn } from './workspace/watch-turn.ts';
import { countingTries } from './tries.ts';

/** What the host's activities use, from the services and the configuration. */
export async function createHostDependencies(services: Services): Promise<HostDependencies> {
  const { config, database, runLog, git, gateways, logger, keys } = services;
  const provisioner = await openProvisioner(config, await gateways.watchDoors(), logger);
  return {
    database,
    runLog,
    git,
    provisioner,
    issueToken: (claims) => issueRunToken(keys.runTokenKey, claims),
    ...openCheckpointActivities(services),
    settings: {
      hostId: config.HOST_ID,
      instance: randomUUID(),
      limits: {
        memoryBytes: config.WORKSPACE_MEMORY_BYTES,
        diskBytes: config.WORKSPACE_DISK_BYTES,
        processes: config.WORKSPACE_PROCESSES,
        outputBytes: config.WORKSPACE_OUTPUT_BYTES,
      },
      maxFileBytes: config.MAX_FILE_BYTES,
      saveEveryMs: config.SAVE_EVERY_MS,
      snapshots: snapshotSettings(config, provisioner.name),
      idleWorkspaceMs: config.IDLE_WORKSPACE_MS,
      warmWorkspaceMs: config.WARM_WORKSPACE_MS,
      warmWorkspacesMax: config.WARM_WORKSPACES_MAX,
      placePatienceMs: config.PLACE_PATIENCE_MS,
      model: config.MODEL,
      modelPlace: config.CODEX_WORKSPACE_PROXY_URL === 'local' ? 'inside' : 'gateway',
      executor: config.EXECUTOR,
      executorCommand: config.EXECUTOR_COMMAND ?? null,
      egressAllow: installationEgress(config.EGRESS_ALLOW),
    },
    watches: createWatchRegistry(),
    starts: createStarts(),
    logger,
    now: Date.now,
  };
}

/** Every activity of the queues `watch` and `host/<id>`. */
function createHostActivities(deps: HostDependencies): HostActivities {
  const plans = createProjectPlans(deps.git);
  return {
    startTurn: countingTries(createStartTurn(deps, plans)),
    watchTurn: createWatchTurn(deps),
    deliver: createDeliver(deps),
    continueTurn: createContinueTurn(deps),
    runChecks: countingTries(createRunChecks(deps, plans)),
    releaseWorkspace: createRelease(deps),
    ...createReviewActivities(deps, plans),
  };
}

/** The workers of a machine: one for steps that any host may take, one for those that belong to its own workspaces. */
export async function createHostWorkers(services: Services, deps: HostDependencies): Promise<Worker[]> {
  const { config, logger, temporal } = services;
  const activities = createHostActivities(deps);
  const shared = {
    connection: temporal.native,
    namespace: config.TEMPORAL_NAMESPACE,
    activities,
    interceptors: { activity: [errorTranslator(logger)] },
    // A cancellation comes with the answer to a heartbeat, so this bounds how long it takes to arrive.
    maxHeartbeatThrottleInterval: 1_000,
    defaultHeartbeatThrottleInterval: 1_000,
    // Turns save within 8 s when the host stops (stop-host.ts).
    shutdownGraceTime: 9_000,
    shutdownForceTime: 14_000,
  };
  return Promise.all([
    Worker.create({ ...shared, taskQueue: taskQueues.watch, maxConcurrentActivityTaskExecutions: 100 }),
    // Each turn at work holds one place for as long as it is watched.
    Worker.create({ ...shared, taskQueue: taskQueues.host(config.HOST_ID), maxConcurrentActivityTaskExecutions: 500 }),
  ]);
}
