import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CheckpointActivities, ProjectionActivities, WorkspaceActivities } from '../contracts/activities.ts';
import { taskQueues } from '../contracts/ids.ts';

/** Run rows and slots: short database writes that must happen. */
export const runRows = proxyLocalActivities<Pick<ProjectionActivities, 'beginRun' | 'endRun'>>({
  startToCloseTimeout: '10 s',
  localRetryThreshold: '1 minute',
  retry: { initialInterval: '200 ms', maximumInterval: '10 s' },
});

/**
 * Making a workspace: any host takes it. Adopting what is there makes a repeat safe. Tries are not counted here: the database or the
 * gateway may be away for hours; what else fails the host itself gives up after some tries.
 */
export const places = proxyActivities<Pick<WorkspaceActivities, 'startTurn' | 'runChecks'>>({
  taskQueue: taskQueues.watch,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '15 s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  scheduleToCloseTimeout: '8 hours',
  retry: { initialInterval: '500 ms', maximumInterval: '10 s' },
});

/** Finalising is deterministic, so a repeat makes the same commit. Tries are counted as those of places are. */
export const checkpoints = proxyActivities<CheckpointActivities>({
  taskQueue: taskQueues.control,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '8 hours',
  retry: { initialInterval: '500 ms', maximumInterval: '10 s' },
});

/**
 * Steps on the machine that holds the workspace. A host that does not poll for two minutes is gone, and the place with it;
 * while it restarts, heartbeats fail and the step is taken up again where the log stands.
 */
export function onHost(hostId: string, wallClockMs: number) {
  const queue = { taskQueue: taskQueues.host(hostId), scheduleToStartTimeout: '2 minutes' } as const;
  return {
    watching: proxyActivities<Pick<WorkspaceActivities, 'watchTurn'>>({
      ...queue,
      // The supervisor ends the turn at its wall clock; this ends the watching of one that does not.
      startToCloseTimeout: wallClockMs + 10 * 60_000,
      heartbeatTimeout: '10 s',
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      // Watching changes nothing in the workspace: as often as the host restarts.
      retry: { initialInterval: '500 ms', maximumInterval: '5 s', maximumAttempts: 100 },
    }),
    inbox: proxyActivities<Pick<WorkspaceActivities, 'deliver' | 'continueTurn'>>({
      ...queue,
      startToCloseTimeout: '1 minute',
      // A message id is forwarded once, however often it is delivered.
      retry: { initialInterval: '200 ms', maximumAttempts: 10 },
    }),
    release: proxyActivities<Pick<WorkspaceActivities, 'releaseWorkspace'>>({
      ...queue,
      startToCloseTimeout: '1 minute',
      // What is left is the housekeeper's: a release must not keep a run from ending.
      retry: { initialInterval: '500 ms', maximumAttempts: 3 },
    }),
  };
}
