import type { SupervisorEvent } from '../../workflows/contracts/events.ts';
import type { Workspace } from '../../workspace/port.ts';
import { parseLines } from './lines.ts';

/**
 * What `pick` makes of the first event of a workspace from `offset` on of which it makes something, and how far was read, in bytes; null
 * when the workspace ended, or the signal came, before. Nothing of it enters a log. Throws what `Workspace.tail` throws.
 */
export async function firstEvent<T>(
  workspace: Workspace,
  { offset, pick, signal }: { offset: number; pick: (event: SupervisorEvent) => T | null; signal: AbortSignal },
): Promise<{ picked: T; endOffset: number } | null> {
  const found = new AbortController();
  try {
    for await (const { lines, endOffset } of workspace.tail(offset, AbortSignal.any([signal, found.signal]))) {
      for (const event of parseLines(lines, 0, Date.now()).events) {
        const picked = pick(event);
        if (picked !== null) return { picked, endOffset };
      }
    }
    return null;
  } catch (error) {
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') return null;
    throw error;
  } finally {
    found.abort();
  }
}
