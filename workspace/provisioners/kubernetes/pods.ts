import type { V1Pod } from '@kubernetes/client-node';
import type { DomainError } from '../../../workflows/contracts/errors.ts';
import { isAway } from '../../away.ts';
import { kubernetesFailure, statusOf } from './client.ts';
import type { Cluster } from './client.ts';
import { removalPatienceMs } from './judge.ts';

/** One watch lasts this long at most; then the next begins. */
const watchSeconds = 20;
/** How much later than asked for a watch may end. */
const lateMs = 5_000;
/** How long the API server may be away while something is awaited. */
const awayMs = 30_000;
const retryMs = 300;
/** A watch that ends sooner was refused, as a server that sheds load does: the next one waits. */
const soonMs = 1_000;

/** Looks a Pod up; null: there is none of that name. DomainErrors of `kubernetesFailure`. */
export async function readPod(cluster: Cluster, name: string): Promise<V1Pod | null> {
  try {
    return await cluster.core.readNamespacedPod({ name, namespace: cluster.namespace });
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw kubernetesFailure('workspace', error, cluster);
  }
}

/**
 * Watches a Pod (null: it is gone) until `decide` answers something, and answers that; null when `timeoutMs` passed or `signal` aborted.
 * Throws what `decide` throws, and DomainErrors of `kubernetesFailure` once the API server was away for 30 s.
 */
export async function awaitPod<T>(
  cluster: Cluster,
  name: string,
  decide: (pod: V1Pod | null) => T | undefined,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | null> {
  const deadline = Date.now() + options.timeoutMs;
  let awaySinceMs: number | null = null;
  while (Date.now() < deadline && !options.signal?.aborted) {
    try {
      const pod = await readPod(cluster, name);
      awaySinceMs = null;
      const answer = decide(pod) ?? (await watchOnce(cluster, name, pod?.metadata?.resourceVersion, decide, deadline, options.signal));
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!isAway(error)) throw error;
      awaySinceMs ??= Date.now();
      if (Date.now() - awaySinceMs > awayMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  return null;
}

async function watchOnce<T>(
  cluster: Cluster,
  name: string,
  resourceVersion: string | undefined,
  decide: (pod: V1Pod | null) => T | undefined,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const seconds = Math.max(1, Math.min(watchSeconds, Math.ceil((deadline - Date.now()) / 1000)));
  const query = { fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: seconds };
  const beganMs = Date.now();
  return new Promise((resolve, reject) => {
    let watching: AbortController | null = null;
    const finish = (settle: () => void): void => {
      clearTimeout(late);
      signal?.removeEventListener('abort', onAbort);
      settle();
      watching?.abort();
    };
    const onAbort = (): void => finish(() => resolve(undefined));
    // A server that hangs ends no watch.
    const late = setTimeout(onAbort, seconds * 1000 + lateMs);
    signal?.addEventListener('abort', onAbort);
    const onEnd = (): void => void setTimeout(() => finish(() => resolve(undefined)), Date.now() - beganMs < soonMs ? retryMs : 0);
    const onEvent = (phase: string, pod: V1Pod): void => {
      if (phase === 'ERROR' || phase === 'BOOKMARK') return;
      try {
        const answer = decide(phase === 'DELETED' ? null : pod);
        if (answer !== undefined) finish(() => resolve(answer));
      } catch (error) {
        finish(() => reject(error as DomainError));
      }
    };
    cluster.watch
      // Whether it ended or broke: the next look says what holds.
      .watch(`/api/v1/namespaces/${cluster.namespace}/pods`, query, onEvent, onEnd)
      .then((controller) => {
        watching = controller;
        if (signal?.aborted) controller.abort();
      })
      .catch(onEnd);
  });
}

/**
 * Ends a Pod with all of its processes, and waits until its node says that they are gone; true: they are. False: the node does not answer. It
 * removes the Pod as soon as it is back. Until then the Pod keeps its name: forced, the API server would forget it while its processes may live.
 */
export async function removePod(cluster: Cluster, name: string): Promise<boolean> {
  const pod = await deletePod(cluster, name);
  if (pod === null) return true;
  const timeoutMs = removalPatienceMs(pod, Date.now());
  return (await awaitPod(cluster, name, (now) => (now === null ? true : undefined), { timeoutMs })) ?? false;
}

/** The Pod as it is from now on; null: there is none. */
async function deletePod(cluster: Cluster, name: string): Promise<V1Pod | null> {
  try {
    return await cluster.core.deleteNamespacedPod({ name, namespace: cluster.namespace });
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw kubernetesFailure('destroy', error, cluster);
  }
}
