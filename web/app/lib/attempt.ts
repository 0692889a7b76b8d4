import { type Answer, outcome, type Outcome, type Problem } from './api.ts';

const unreachable: Problem = {
  title: 'No connection',
  status: 503,
  code: 'unreachable',
  detail: 'AstraForge cannot be reached. Nothing was lost: try again in a moment.',
};

const sessionEnded: Problem = {
  title: 'Your session has ended',
  status: 401,
  code: 'not-signed-in',
  detail: 'Sign in again and repeat this; what you have typed is kept in this browser.',
};

/** A call from the browser, told apart: done, or why not in words. A network that fails is a refusal like any other. */
export async function attempt<T>(call: () => Promise<Answer<T>>): Promise<Outcome<T>> {
  try {
    const result = outcome(await call());
    return !result.ok && result.problem.status === 401 ? { ok: false, problem: sessionEnded } : result;
  } catch (error) {
    // What fetch rejects with when nobody answers; an abort is the caller's own.
    if (error instanceof TypeError) return { ok: false, problem: unreachable };
    throw error;
  }
}

/** True when reading the page anew would fail as well: nobody answers, or nobody is signed in. What is shown is then better than nothing. */
export function isAway({ code, status }: Pick<Problem, 'code' | 'status'>): boolean {
  return code === unreachable.code || status === 401;
}
