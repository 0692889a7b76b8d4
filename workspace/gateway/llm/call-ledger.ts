import { v7 as uuidv7 } from 'uuid';
import { settleLlmCall, startLlmCall } from '../../../db/llm-calls.ts';
import type { Database } from '../../../db/port.ts';
import type { TokenUsage } from '../../../workflows/contracts/run.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';

/** How a call ended. `status` is the upstream's, null when it gave none. */
export interface CallSettlement {
  state: 'completed' | 'failed' | 'aborted';
  status: number | null;
  error: string | null;
  usage: TokenUsage | null;
  firstByteAtMs: number | null;
}

/** The book of model calls: a call that cannot be written is not made. */
export interface CallLedger {
  /** Writes the call before it is forwarded; answers its id. */
  open(grant: WorkspaceGrant, call: { model: string; upstream: string }): Promise<string>;
  settle(grant: WorkspaceGrant, callId: string, settlement: CallSettlement): Promise<void>;
}

/** The ledger in `llm_calls`. */
export function createDatabaseLedger(database: Database): CallLedger {
  return {
    async open(grant, call) {
      const callId = uuidv7();
      const { tenantId, requestId, runId, workspaceId } = grant;
      await database.withTenant(tenantId, (tx) => startLlmCall(tx, { tenantId, callId, requestId, runId, workspaceId, ...call }));
      return callId;
    },
    async settle(grant, callId, settlement) {
      const { firstByteAtMs, ...rest } = settlement;
      const outcome = { ...rest, firstByteAt: firstByteAtMs === null ? null : new Date(firstByteAtMs) };
      await database.withTenant(grant.tenantId, (tx) => settleLlmCall(tx, callId, outcome));
    },
  };
}
