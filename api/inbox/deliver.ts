import type { InboxRow } from '../../db/inbox.ts';
import type { Database } from '../../db/port.ts';
import { getRequest } from '../../db/requests.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { updatesByKind, type Accepted, type InboxUpdateKind } from '../../workflows/contracts/messages.ts';
import { RequestInput, terminalStages } from '../../workflows/contracts/request.ts';
import { WorkflowMissing, WorkflowRefusal, type UpdateInput, type WorkflowGateway } from '../workflow-gateway.ts';

/** Why a row was refused for good, for its sender. */
export interface Rejection {
  code: string;
  message: string;
}

/** What came of one attempt. `pending`: try again later; `why` is for the log. */
export type Delivery =
  { state: 'delivered'; accepted: Accepted | null } | { state: 'rejected'; rejection: Rejection } | { state: 'pending'; why: string };

/** Brings one row to its workflow. Never throws: whatever is not a refusal is `pending`. Repeating it is harmless. */
export async function deliver(
  deps: { database: Database; workflows: WorkflowGateway },
  row: InboxRow,
  timeoutMs: number,
): Promise<Delivery> {
  try {
    if (row.kind === 'submit') return await start(deps, row, timeoutMs);
    if (!Object.hasOwn(updatesByKind, row.kind)) return undeliverable(`nothing takes messages of the kind ${row.kind}`);
    const input = row.payload as UpdateInput;
    const accepted = await deps.workflows.update(row.requestId, row.kind as InboxUpdateKind, input, timeoutMs);
    return { state: 'delivered', accepted };
  } catch (error) {
    if (error instanceof WorkflowRefusal) return { state: 'rejected', rejection: { code: error.code, message: error.message } };
    if (error instanceof WorkflowMissing) return missing(deps.database, row);
    return { state: 'pending', why: messageOf(error) };
  }
}

async function start(deps: { database: Database; workflows: WorkflowGateway }, row: InboxRow, timeoutMs: number): Promise<Delivery> {
  const input = RequestInput.safeParse(row.payload);
  if (!input.success) return undeliverable('its input is not that of a request');
  await deps.workflows.start(input.data, timeoutMs);
  return { state: 'delivered', accepted: null };
}

/** No open workflow: closed when the projection says so; else its start is still on the way, or it is about to be restored. */
async function missing(database: Database, row: InboxRow): Promise<Delivery> {
  try {
    const request = await database.withTenant(row.tenantId, (tx) => getRequest(tx, row.requestId));
    if (!request) return undeliverable('its request is gone');
    if (!terminalStages.includes(request.stage)) return { state: 'pending', why: 'its workflow has not started yet' };
    return { state: 'rejected', rejection: { code: 'request-closed', message: `This request is ${request.stage}; submit a new one.` } };
  } catch (error) {
    return { state: 'pending', why: messageOf(error) };
  }
}

function undeliverable(reason: string): Delivery {
  return { state: 'rejected', rejection: { code: 'undeliverable', message: `The message cannot be delivered: ${reason}.` } };
}
