import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainError } from '../../../workflows/contracts/errors.ts';
import type { WorkspaceState } from '../../port.ts';
import { isAway } from '../../away.ts';

export const retryMs = 300;
/** How long streams may fail in a row, in a place that runs, before whoever uses them is told. */
const awayMs = 30_000;

/** Lets failures pass for a while, not for ever. */
export function createPatience(patienceMs = awayMs): { wait(failure: DomainError): Promise<void>; reset(): void } {
  let sinceMs: number | null = null;
  return {
    reset() {
      sinceMs = null;
    },
    async wait(failure) {
      sinceMs ??= Date.now();
      if (Date.now() - sinceMs > patienceMs) throw failure;
      await sleep(retryMs);
    },
  };
}

/** Where a place stands; the failure when whoever knows is away. */
export async function stateOrAway(state: () => Promise<WorkspaceState>): Promise<WorkspaceState | DomainError> {
  try {
    return await state();
  } catch (error) {
    if (isAway(error)) return error;
    throw error;
  }
}
