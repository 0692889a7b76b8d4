import type { Accepted, InboxUpdateKind } from '../workflows/contracts/messages.ts';
import type { RequestInput, RequestSnapshot, RequestStatus } from '../workflows/contracts/request.ts';

/** What an inbound message to a workflow carries, whatever its kind; the full type goes with the kind (contracts/messages.ts). */
export interface UpdateInput {
  deliveryId: string;
}

/** Why the workflow refused: `code` is what its validator threw. The same call will be refused again. */
export class WorkflowRefusal extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = 'WorkflowRefusal';
    this.code = code;
    this.details = details;
  }
}

/** There is no open workflow of that request: not started yet, or closed. */
export class WorkflowMissing extends Error {
  constructor(requestId: string) {
    super(`no open workflow of request ${requestId}`);
    this.name = 'WorkflowMissing';
  }
}

/** The API's whole use of Temporal. Anything else that is thrown means: away, try again. */
export interface WorkflowGateway {
  /** Starts the request's workflow; one that exists, open or closed, is as good. */
  start(input: RequestInput, timeoutMs: number): Promise<void>;
  /** Starts a request again from its stored snapshot, unless its workflow is open or ended by itself: then it is left alone. */
  restart(snapshot: RequestSnapshot, timeoutMs: number): Promise<'restarted' | 'running'>;
  /** Sends an Update with its delivery id as update id and waits for its result. Throws WorkflowRefusal or WorkflowMissing. */
  update(requestId: string, kind: InboxUpdateKind, input: UpdateInput, timeoutMs: number): Promise<Accepted>;
  /** The `status` Query. Throws WorkflowMissing, or anything when it does not answer in time. */
  status(requestId: string, timeoutMs: number): Promise<RequestStatus>;
  isReachable(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}
