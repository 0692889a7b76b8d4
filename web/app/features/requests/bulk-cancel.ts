import type { Outcome } from '~/lib/api.ts';

/** What became of one of several requests. */
export type CancelState = 'waiting' | 'working' | { done: true } | { done: false; reason: string };

const atOnce = 4;

/** Cancels several requests, a few at a time, and tells of each what became of it. One that is refused stops none of the others. */
export async function cancelAll(
  requestIds: readonly string[],
  cancel: (requestId: string) => Promise<Outcome<unknown>>,
  tell: (requestId: string, state: CancelState) => void,
): Promise<void> {
  const left = [...requestIds];
  async function work(): Promise<void> {
    for (let requestId = left.shift(); requestId !== undefined; requestId = left.shift()) {
      tell(requestId, 'working');
      const result = await cancel(requestId);
      tell(requestId, result.ok ? { done: true } : { done: false, reason: result.problem.detail });
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** "3 of 4 cancelled, 1 refused". */
export function summariseCancel(states: readonly CancelState[]): string {
  const ended = states.filter((state) => typeof state === 'object');
  const done = ended.filter((state) => state.done).length;
  const refused = ended.length - done;
  return `${done} of ${states.length} cancelled${refused > 0 ? `, ${refused} refused` : ''}`;
}
