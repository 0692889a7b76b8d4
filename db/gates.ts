import { desc, eq, sql } from 'drizzle-orm';
import type { Decision, Gate } from '../workflows/contracts/request.ts';
import type { Tx } from './port.ts';
import { decisions, gates } from './schema.ts';

/** Stores a gate as the workflow has it now, and every decision on it as a row of its own. */
export async function storeGate(tx: Tx, tenantId: string, requestId: string, gate: Gate): Promise<void> {
  await tx
    .insert(gates)
    .values({ tenantId, gateId: gate.gateId, requestId, gate, status: gate.status, openedAt: new Date(gate.openedAtMs) })
    .onConflictDoUpdate({ target: gates.gateId, set: { gate: sql`excluded.gate`, status: sql`excluded.status` } });
  if (gate.decisions.length === 0) return;
  await tx
    .insert(decisions)
    .values(
      gate.decisions.map((decision) => ({
        tenantId,
        decisionId: decision.decisionId,
        requestId,
        gateId: gate.gateId,
        subjectId: gate.subject.id,
        decision,
        createdAt: new Date(decision.atMs),
      })),
    )
    .onConflictDoUpdate({ target: decisions.decisionId, set: { decision: sql`excluded.decision` } });
}

/** Null when there is none in this tenant. */
export async function getGate(tx: Tx, gateId: string): Promise<Gate | null> {
  const [row] = await tx.select({ gate: gates.gate }).from(gates).where(eq(gates.gateId, gateId));
  return row?.gate ?? null;
}

/** Every gate of a request, newest first. */
export async function listGates(tx: Tx, requestId: string): Promise<Gate[]> {
  const rows = await tx.select({ gate: gates.gate }).from(gates).where(eq(gates.requestId, requestId)).orderBy(desc(gates.openedAt));
  return rows.map(({ gate }) => gate);
}

export type DecisionRow = Omit<typeof decisions.$inferSelect, 'decision'> & { decision: Decision };

/** Every decision about a request, oldest first. */
export async function listDecisions(tx: Tx, requestId: string): Promise<DecisionRow[]> {
  return tx.select().from(decisions).where(eq(decisions.requestId, requestId)).orderBy(decisions.createdAt, decisions.decisionId);
}
