import type { V1Pod } from '@kubernetes/client-node';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { Cluster } from './client.ts';
import type { StartProblem } from './judge.ts';
import { awaitPod } from './pods.ts';

/** How long a Pod may take until its containers run: an image may have to be pulled. */
const startMs = 5 * 60_000;
/** How long a problem that may pass by itself is waited out. */
const patienceMs = 45_000;

/** Waits until `ready` answers something of a new Pod. DomainErrors say what `problemOf` found, or that it took too long. */
export async function awaitBeginning<T>(
  cluster: Cluster,
  name: string,
  ready: (pod: V1Pod) => T | undefined,
  problemOf: (pod: V1Pod) => StartProblem | null,
): Promise<T> {
  let problem: StartProblem | null = null;
  let sinceMs = Date.now();
  const decide = (pod: V1Pod | null): T | undefined => {
    if (!pod) throw new DomainError('transient', 'place-lost', `workspace: its Pod ${name} was removed while it started`);
    const answer = ready(pod);
    if (answer !== undefined) return answer;
    const found = problemOf(pod);
    if (found?.code !== problem?.code) sinceMs = Date.now();
    problem = found;
    if (problem && (problem.final || Date.now() - sinceMs > patienceMs))
      throw new DomainError(problem.kind, problem.code, `workspace: ${problem.text}`);
    return undefined;
  };
  // Short looks in a row: a problem that lasts makes no new event of its own.
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    const answer = await awaitPod(cluster, name, decide, { timeoutMs: 5_000 });
    if (answer !== null) return answer;
  }
  throw new DomainError('transient', 'kubernetes-slow', `workspace: its Pod ${name} did not run within ${startMs / 60_000} minutes`);
}
