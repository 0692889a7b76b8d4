/** Tries of what may fail again and again, ever more seldom. */
export interface PatientTries {
  /**
   * What `work` answers; null when it failed, or had failed not long ago. `what` is what is tried for `owner`: another one is tried at
   * once, and the last failure of each owner is remembered.
   */
  run<T>(owner: string, what: string, work: () => Promise<T>): Promise<T | null>;
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
  return {
    async run(owner, what, work) {
      const failed = failures.get(owner);
      const earlier = failed?.what === what ? failed : null;
      if (earlier && now() < earlier.untilMs) return null;
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
