import { isGrpcServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowMissing, WorkflowRefusal } from './workflow-gateway.ts';

/** gRPC's INVALID_ARGUMENT (grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const invalidArgument = 3;

/**
 * What a failed Update means: WorkflowRefusal when the same one would be refused again, WorkflowMissing when nothing is there to
 * take it, else the error itself, after which it may be tried again.
 */
export function failureOfUpdate(error: unknown, requestId: string): unknown {
  if (error instanceof WorkflowNotFoundError) return new WorkflowMissing(requestId);
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) return refusalOf(error.cause);
  const cause = error instanceof Error ? error.cause : undefined;
  if (isGrpcServiceError(cause) && Number(cause.code) === invalidArgument) {
    return new WorkflowRefusal('undeliverable', `Temporal cannot carry this message (${cause.details}); send a smaller one.`);
  }
  return error;
}

/** A validator's ApplicationFailure carries our code as its type. The SDK's own failures (the workflow closed, say) have none of ours. */
function refusalOf(failure: ApplicationFailure): WorkflowRefusal {
  const code = failure.type ?? '';
  if (!/^[a-z][a-z0-9-]*$/.test(code)) return new WorkflowRefusal('request-closed', 'The request closed before it could take this.');
  const [details] = failure.details ?? [];
  const isRecord = typeof details === 'object' && details !== null && !Array.isArray(details);
  return new WorkflowRefusal(code, failure.message, isRecord ? (details as Record<string, unknown>) : {});
}
