import { v7 as uuidv7 } from 'uuid';
import type { Logger } from '../../../config/logger.ts';
import { lockTokenBudget, renewLlmCall, settleLlmCall, startLlmCall } from '../../../db/llm-calls.ts';
import type { Database } from '../../../db/port.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { TokenUsage } from '../../../workflows/contracts/run.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import { noModel, type Refusal } from './refusal.ts';
import { refuseReservation, type CallBound } from './reservation.ts';

/** How a call ended. `status` is the upstream's, null when it gave none; `countedTokens` is what its request is charged. */
export interface CallSettlement {
  state: 'completed' | 'failed' | 'aborted';
  status: number | null;
  error: string | null;
  usage: TokenUsage | null;
  firstByteAtMs: number | null;
  countedTokens: number;
}

/** The book of model calls: a call that cannot be written is not made. */
export interface CallLedger {
  /** Writes the call before it is forwarded and reserves its bound; answers its id, or why it may not be made. */
  open(
    grant: WorkspaceGrant,
    call: { model: string; upstream: string; bound: CallBound },
  ): Promise<{ callId: string } | { refusal: Refusal }>;
  /** Writes its end: what it was counted as takes the place of what was reserved. */
  settle(grant: WorkspaceGrant, callId: string, settlement: CallSettlement): Promise<void>;
}

const defaultLeaseMs = 300_000;

/**
 * The ledger in `llm_calls`, shared by every gateway of the database: calls of one request reserve one after the other. A
 * reservation holds by a lease (`leaseMs`) that is renewed while its call is under way; that of a dead gateway counts as used.
 */
export function createDatabaseLedger(database: Database, options: { logger: Logger; leaseMs?: number }): CallLedger {
  const { logger, leaseMs = defaultLeaseMs } = options;
  const renewals = new Map<string, NodeJS.Timeout>();

  function keepReserved(tenantId: string, callId: string): void {
    const renew = () =>
      database
        .withTenant(tenantId, (tx) => renewLlmCall(tx, callId, leaseMs))
        .catch((error: unknown) => logger.warn('reservation could not be renewed', { callId, error: messageOf(error) }));
    renewals.set(callId, setInterval(() => void renew(), leaseMs / 3).unref());
  }

  return {
    async open(grant, { bound, ...call }) {
      const callId = uuidv7();
      const { tenantId, requestId, runId, workspaceId } = grant;
      if (requestId === null) return { refusal: noModel };
      const refusal = await database.withTenant(tenantId, async (tx) => {
        const refused = refuseReservation(await lockTokenBudget(tx, requestId), bound);
        if (refused) return refused;
        const reservedTokens = bound.inputTokens + bound.outputTokens;
        await startLlmCall(tx, { tenantId, callId, requestId, runId, workspaceId, ...call, reservedTokens }, leaseMs);
        return null;
      });
      if (refusal) return { refusal };
      keepReserved(tenantId, callId);
      return { callId };
    },
    async settle(grant, callId, settlement) {
      clearInterval(renewals.get(callId));
      renewals.delete(callId);
      const { firstByteAtMs, ...rest } = settlement;
      const outcome = { ...rest, firstByteAt: firstByteAtMs === null ? null : new Date(firstByteAtMs) };
      await database.withTenant(grant.tenantId, (tx) => settleLlmCall(tx, callId, outcome));
    },
  };
}
