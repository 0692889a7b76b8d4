import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type ConnectionOptions,
} from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { taskQueues, workflowIds, workflowTypes } from '../workflows/contracts/ids.ts';
import { statusQuery, updatesByKind, type Accepted, type InboxUpdateKind } from '../workflows/contracts/messages.ts';
import { RequestStatus, type RequestInput, type RequestOrigin, type RequestSnapshot, type Stage } from '../workflows/contracts/request.ts';
import { searchAttributes } from '../workflows/contracts/search-attributes.ts';
import { failureOfUpdate } from './update-failure.ts';
import { WorkflowMissing, type UpdateInput, type WorkflowGateway } from './workflow-gateway.ts';

export interface TemporalOptions {
  address: string;
  namespace: string;
  apiKey?: string;
  tls?: ConnectionOptions['tls'];
}

/** How soon a server that was away is found again: gRPC's own default backs off to two minutes. */
const channelArgs = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 15_000,
  'grpc.keepalive_permit_without_calls': 1,
};

/** Opens the client without connecting yet, so that the API starts and takes requests while Temporal is away. */
export function openWorkflowGateway(options: TemporalOptions): WorkflowGateway {
  const connection = Connection.lazy({
    address: options.address,
    channelArgs,
    ...(options.apiKey ? { apiKey: options.apiKey } : {}),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  const client = new Client({ connection, namespace: options.namespace });
  const within = <T>(timeoutMs: number, call: () => Promise<T>) => connection.withDeadline(Date.now() + timeoutMs, call);

  return {
    start: (input, timeoutMs) => within(timeoutMs, () => startRequest(client, input)),
    restart: (snapshot, timeoutMs) => within(timeoutMs, () => restartRequest(client, snapshot)),
    update: (requestId, kind, input, timeoutMs) => within(timeoutMs, () => sendUpdate(client, requestId, kind, input)),
    status: (requestId, timeoutMs) => within(timeoutMs, () => queryStatus(client, requestId)),
    async isReachable(timeoutMs) {
      try {
        await within(timeoutMs, () => connection.workflowService.getSystemInfo({}));
        return true;
      } catch {
        return false;
      }
    },
    close: () => connection.close(),
  };
}

/** What a request's workflow is started with, whatever it begins from. */
function startOptions(input: RequestInput, stage: Stage) {
  const typedSearchAttributes: SearchAttributePair[] = [
    { key: searchAttributes.tenant, value: input.tenantId },
    { key: searchAttributes.project, value: input.projectName },
    { key: searchAttributes.stage, value: stage },
    { key: searchAttributes.requester, value: input.requester.id },
    { key: searchAttributes.forge, value: input.forge },
  ];
  return {
    workflowId: workflowIds.request(input.requestId),
    taskQueue: taskQueues.control,
    typedSearchAttributes,
    staticSummary: `${input.projectName}: ${input.title}`,
    priority: { fairnessKey: input.tenantId },
  };
}

async function startRequest(client: Client, input: RequestInput): Promise<void> {
  try {
    await client.workflow.start(workflowTypes.changeRequest, {
      ...startOptions(input, 'RECEIVED'),
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  } catch (error) {
    // It ran and is closed: the start was delivered before.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    throw error;
  }
}

/** Only a workflow that was ended from outside, or is not there any more, may begin again. */
async function restartRequest(client: Client, snapshot: RequestSnapshot): Promise<'restarted' | 'running'> {
  const { input, status } = snapshot;
  const origin: RequestOrigin = 'rehydrated';
  try {
    await client.workflow.start(workflowTypes.changeRequest, {
      ...startOptions(input, status.stage),
      args: [input, snapshot, origin],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowIdConflictPolicy: 'FAIL',
    });
    return 'restarted';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
    throw error;
  }
}

async function sendUpdate(client: Client, requestId: string, kind: InboxUpdateKind, input: UpdateInput): Promise<Accepted> {
  const handle = client.workflow.getHandle(workflowIds.request(requestId));
  try {
    return await handle.executeUpdate<Accepted, [UpdateInput]>(updatesByKind[kind].name, { args: [input], updateId: input.deliveryId });
  } catch (error) {
    throw failureOfUpdate(error, requestId);
  }
}

async function queryStatus(client: Client, requestId: string): Promise<RequestStatus> {
  try {
    return RequestStatus.parse(await client.workflow.getHandle(workflowIds.request(requestId)).query(statusQuery));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new WorkflowMissing(requestId);
    throw error;
  }
}
