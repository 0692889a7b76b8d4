import { proxyActivities, setWorkflowOptions } from '@temporalio/workflow';
import type { HousekeepingActivities } from '../contracts/activities.ts';
import { taskQueues } from '../contracts/ids.ts';

const { housekeep } = proxyActivities<HousekeepingActivities>({
  taskQueue: taskQueues.control,
  startToCloseTimeout: '5 minutes',
  // The schedule brings the next round anyway.
  retry: { maximumAttempts: 2 },
});

/** One round of the housekeeper, started by its Schedule; answers what it repaired. */
export async function housekeeping(): Promise<Record<string, number>> {
  return housekeep();
}

setWorkflowOptions({ versioningBehavior: 'PINNED' }, housekeeping);
