import { v7 as uuidv7 } from 'uuid';
import type { Logger } from '../../../config/logger.ts';
import type { CallLedger, CallSettlement } from '../llm/call-ledger.ts';
import type { CallBound } from '../llm/reservation.ts';
import type { WorkspaceRow, WorkspaceResolver } from '../workspace-resolver.ts';

/** A workspace at work, as tests want one. */
export function workspaceRow(overrides: Partial<WorkspaceRow> = {}): WorkspaceRow {
  return {
    tenantId: 'default',
    workspaceId: 'run-1-a1',
    requestId: 'request-1',
    projectId: null,
    runId: 'run-1',
    purpose: 'agent',
    state: 'active',
    egressAllow: [],
    modelAllowed: true,
    ...overrides,
  };
}

/** Workspaces in memory; `rows` may be changed while it is used. */
export function memoryResolver(...rows: WorkspaceRow[]): WorkspaceResolver & { rows: WorkspaceRow[] } {
  return {
    rows,
    async resolve(claims) {
      return (
        rows.find(
          (row) =>
            row.tenantId === claims.tenantId &&
            row.workspaceId === claims.workspaceId &&
            (claims.requestId === undefined || row.requestId === claims.requestId),
        ) ?? null
      );
    },
  };
}

export interface MemoryCall {
  callId: string;
  model: string;
  upstream: string;
  workspaceId: string;
  bound: CallBound;
  settlement: CallSettlement | null;
}

/** The ledger in memory. */
export function memoryLedger(): CallLedger & { calls: MemoryCall[] } {
  const calls: MemoryCall[] = [];
  return {
    calls,
    async open(grant, call) {
      const callId = uuidv7();
      calls.push({ callId, workspaceId: grant.workspaceId, ...call, settlement: null });
      return { callId };
    },
    async settle(_grant, callId, settlement) {
      const call = calls.find((known) => known.callId === callId);
      if (call) call.settlement = settlement;
    },
  };
}

/** Keeps what was logged. */
export function memoryLogger(): Logger & { lines: { level: string; message: string; fields: Record<string, unknown> }[] } {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  const logger = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return logger;
}
