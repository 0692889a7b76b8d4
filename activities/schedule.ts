import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
} from '@temporalio/client';
import { housekeepingScheduleId, taskQueues, workflowIds, workflowTypes } from '../workflows/contracts/ids.ts';

const everyMs = 60_000;

/** Makes the housekeeper's Schedule, or brings an older one up to date. One round at a time; missed rounds are not made up for. */
export async function ensureHousekeepingSchedule(client: Client): Promise<void> {
  const handle = client.schedule.getHandle(housekeepingScheduleId);
  try {
    await handle.update((previous) => ({ ...previous, ...definition }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await create(client);
  }
}

async function create(client: Client): Promise<void> {
  try {
    await client.schedule.create({ scheduleId: housekeepingScheduleId, ...definition });
  } catch (error) {
    // Another worker was quicker.
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

const definition = {
  spec: { intervals: [{ every: everyMs }] },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  action: {
    type: 'startWorkflow',
    workflowType: workflowTypes.housekeeping,
    taskQueue: taskQueues.control,
    workflowId: workflowIds.housekeeping,
    args: [],
    workflowExecutionTimeout: 10 * everyMs,
  },
} satisfies Omit<ScheduleOptions, 'scheduleId'>;
