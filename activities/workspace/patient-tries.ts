/** Tries of what may fail again and again, ever more seldom. */
export interface PatientTries {
  /**
   * What `work` answers; null when it failed, or had failed not long ago. `what` is what is tried for `owner`: another one is tried at
   * once, and the last failure of each owner is remembered.
   */
  run<T>(owner: string, what: string, work: () => Promise<T>): Promise<T | null>;
  /** Whether that failed not long ago. */
  isWaiting(owner: string, what: string): boolean;
}

interface Failed {
  what: string;
  times: number;
  untilMs: number;
}

/** `onFailure` is told of each failure, the first of a row as 1, with how long nothing is tried now. */
export function createPatientTries(options: {
  now: () => number;
  waitAfter: (failures: number) => number;
  onFailure: (failure: { owner: string; error: unknown; times: number; retryInMs: number }) => void;
}): PatientTries {
  const { now, waitAfter, onFailure } = options;
  const failures = new Map<string, Failed>();
  const failureOf = (owner: string, what: string) => {
    const failed = failures.get(owner);
    return failed?.what === what ? failed : null;
  };
  const isWaiting = (owner: string, what: string) => now() < (failureOf(owner, what)?.untilMs ?? 0);
  return {
    isWaiting,
    async run(owner, what, work) {
      if (isWaiting(owner, what)) return null;
      const earlier = failureOf(owner, what);
      try {
        const done = await work();
        if (earlier) failures.delete(owner);
        return done;
      } catch (error) {
        const times = (earlier?.times ?? 0) + 1;
        const retryInMs = waitAfter(times);
        failures.set(owner, { what, times, untilMs: now() + retryInMs });
        onFailure({ owner, error, times, retryInMs });
        return null;
      }
    },
  };
}
