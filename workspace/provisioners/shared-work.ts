import { messageOf } from '../../workflows/contracts/errors.ts';
import type { StepListener } from '../port.ts';

/** Work that is done once, for all who wait for it. */
export interface SharedWork<T> {
  /** Its result; `onStep` hears the steps from now on, and first the one that is going on. */
  join(onStep?: StepListener): Promise<T>;
}

/** Begins `work`, which tells its steps; it is shared by whoever joins. */
export function shareWork<T>(work: (tell: StepListener) => Promise<T>): SharedWork<T> {
  const listeners = new Set<StepListener>();
  let current: Parameters<StepListener>[0] | null = null;
  const result = work((event) => {
    current = event.type === 'preparation.started' ? event : null;
    for (const listen of listeners) listen(event);
  });
  // Whoever joins hears of a failure.
  result.catch(() => undefined);
  return {
    async join(onStep) {
      // Each call is a listener of its own, also of the same function.
      const listener: StepListener = (event) => onStep?.(event);
      listeners.add(listener);
      if (current) listener(current);
      try {
        return await result;
      } finally {
        listeners.delete(listener);
      }
    },
  };
}

/** Work by name: done once each, and again after a failure or when it is forgotten. */
export interface SharedWorks<T> {
  get(name: string, onStep?: StepListener): Promise<T>;
  has(name: string): boolean;
  forget(name: string): void;
}

/** Shares `work` among all who ask for the same name. */
export function createSharedWorks<T>(work: (name: string, tell: StepListener) => Promise<T>): SharedWorks<T> {
  const works = new Map<string, SharedWork<T>>();
  return {
    has: (name) => works.has(name),
    forget: (name) => void works.delete(name),
    async get(name, onStep) {
      const shared = works.get(name) ?? shareWork((tell) => work(name, tell));
      works.set(name, shared);
      try {
        return await shared.join(onStep);
      } catch (error) {
        if (works.get(name) === shared) works.delete(name);
        throw error;
      }
    },
  };
}

/** Tells the beginning of a step of one's own, and its end with its duration. What `work` throws passes. */
export async function tellStep<T>(
  tell: StepListener | undefined,
  step: { step: Parameters<StepListener>[0]['data']['step']; subject: string },
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const end = (message: string | null) =>
    tell?.({
      type: 'preparation.completed',
      emittedAtMs: Date.now(),
      data: { ...step, ok: message === null, durationMs: Math.round(performance.now() - startedAt), message: message ?? '' },
    });
  tell?.({ type: 'preparation.started', emittedAtMs: Date.now(), data: step });
  try {
    const result = await work();
    end(null);
    return result;
  } catch (error) {
    end(messageOf(error));
    throw error;
  }
}
