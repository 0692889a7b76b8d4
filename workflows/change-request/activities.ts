import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ForgeActivities, ProjectionActivities } from '../contracts/activities.ts';
import { taskQueues } from '../contracts/ids.ts';

/** Short database writes, run by the worker that holds the workflow. They must happen: retried until they do. */
export const projection = proxyLocalActivities<Pick<ProjectionActivities, 'project' | 'withdrawMessage'>>({
  startToCloseTimeout: '10 s',
  localRetryThreshold: '1 minute',
  retry: { initialInterval: '200 ms', maximumInterval: '10 s' },
});

/**
 * Forge steps. Each looks up what is there first, so repeating is safe; five tries ride out a forge's restart, then a person
 * is asked.
 */
export const forge = proxyActivities<Omit<ForgeActivities, 'confirmQuorum'>>({
  taskQueue: taskQueues.control,
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumAttempts: 5 },
});

/** Reads roles from the database and changes nothing: a vote outlasts however long that is away. */
export const quorum = proxyActivities<Pick<ForgeActivities, 'confirmQuorum'>>({
  taskQueue: taskQueues.control,
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '200 ms', maximumInterval: '10 s' },
});
