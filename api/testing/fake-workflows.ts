import type { Accepted, InboxUpdateKind } from '../../workflows/contracts/messages.ts';
import type { RequestInput, RequestSnapshot, RequestStatus } from '../../workflows/contracts/request.ts';
import { WorkflowMissing, type UpdateInput, type WorkflowGateway } from '../workflow-gateway.ts';

/** A stand-in for Temporal: remembers what it was sent; `mode` says how it behaves. */
export class FakeWorkflows implements WorkflowGateway {
  mode: 'up' | 'away' | 'hanging' = 'up';
  /** Thrown by the next updates, as a validator would. */
  refusal: Error | null = null;
  readonly started = new Map<string, RequestInput>();
  readonly restarted: RequestSnapshot[] = [];
  readonly updates: { requestId: string; kind: InboxUpdateKind; input: UpdateInput }[] = [];
  readonly statuses = new Map<string, RequestStatus>();
  accepted: Accepted = { stage: 'EXECUTING', duplicate: false, runId: null };

  async start(input: RequestInput): Promise<void> {
    await this.#behave();
    this.started.set(input.requestId, input);
  }

  async restart(snapshot: RequestSnapshot): Promise<'restarted' | 'running'> {
    await this.#behave();
    const { requestId } = snapshot.input;
    if (this.started.has(requestId)) return 'running';
    this.started.set(requestId, snapshot.input);
    this.restarted.push(snapshot);
    return 'restarted';
  }

  async update(requestId: string, kind: InboxUpdateKind, input: UpdateInput): Promise<Accepted> {
    await this.#behave();
    if (this.refusal) throw this.refusal;
    if (!this.started.has(requestId)) throw new WorkflowMissing(requestId);
    const duplicate = this.updates.some((update) => update.input.deliveryId === input.deliveryId);
    if (!duplicate) this.updates.push({ requestId, kind, input });
    return { ...this.accepted, duplicate };
  }

  async status(requestId: string): Promise<RequestStatus> {
    await this.#behave();
    const status = this.statuses.get(requestId);
    if (!status) throw new WorkflowMissing(requestId);
    return status;
  }

  isReachable(): Promise<boolean> {
    return Promise.resolve(this.mode === 'up');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #behave(): Promise<void> {
    if (this.mode === 'away') throw new Error('temporal is away');
    while (this.mode === 'hanging') await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
