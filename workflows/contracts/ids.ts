/** Workflow ids and task queues: the only place that builds them. */
export const workflowIds = {
  request: (requestId: string) => `request/${requestId}`,
  run: (runId: string) => `run/${runId}`,
  review: (reviewId: string) => `review/${reviewId}`,
  housekeeping: 'housekeeping',
} as const;

export const workflowTypes = {
  changeRequest: 'changeRequest',
  agentRun: 'agentRun',
  automatedReview: 'automatedReview',
  housekeeping: 'housekeeping',
} as const;

/**
 * `control`: worker, database and forge steps. `watch`: polled by every host, for steps that any host can take (choosing a
 * place for a workspace). `host/<id>`: steps that belong to the machine that holds the workspace.
 */
export const taskQueues = {
  control: 'control',
  watch: 'watch',
  host: (hostId: string) => `host/${hostId}`,
} as const;

export const housekeepingScheduleId = 'housekeeping';

/** Type of the failure with which a run ends at once whose id one of before had. */
export const runIdUsed = 'run-id-used';
