export { agentRun } from './agent-run/workflow.ts';
export { automatedReview } from './automated-review/workflow.ts';
export { changeRequest } from './change-request/workflow.ts';
export { housekeeping } from './housekeeping/workflow.ts';
