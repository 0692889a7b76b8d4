import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { ExecPlace, ExecStream } from '../exec-place/port.ts';
import type { Cluster } from './client.ts';
import { stateOf } from './judge.ts';
import { containers } from './layout.ts';
import { awaitPod, readPod } from './pods.ts';
import { openStream } from './stream.ts';

/** Longer than clusters usually take to give up a node. */
const usualPatienceMs = 5 * 60_000;
/** How long a stream out of a Pod that has ended may still say something. */
const lastWordsMs = 5_000;

const isOver = (now: V1Pod | null) => (stateOf(now).status === 'running' ? undefined : true);

/**
 * A Pod as a place: its streams pass through the API server, and its event file goes with it. `patienceMs`: how long its node may be
 * silent while the cluster says that the Pod runs.
 */
export function podPlace(cluster: Cluster, pod: string, patienceMs = usualPatienceMs): ExecPlace {
  return {
    name: pod,
    open: (argv) => openStream(cluster, pod, containers.supervisor, argv),
    state: async () => stateOf(await readPod(cluster, pod)),
    awaitEnd: async (timeoutMs, signal) => (await awaitPod(cluster, pod, isOver, { timeoutMs, signal })) === true,
    closeWhenOver: (stream) => closeWhenOver(cluster, pod, stream),
    silence: { patienceMs, meaning: (last) => silentNode(cluster, pod, last) },
  };
}

/** A node that hangs, or is cut off, ends no stream of the Pods that are taken from it. */
function closeWhenOver(cluster: Cluster, pod: string, stream: ExecStream): () => void {
  const looking = new AbortController();
  const { signal } = looking;
  async function look(): Promise<void> {
    if ((await awaitPod(cluster, pod, isOver, { timeoutMs: Infinity, signal })) === null) return;
    await sleep(lastWordsMs, undefined, { signal, ref: false });
    stream.close();
  }
  // Whoever cannot look cuts the stream: the next one begins with a look.
  look().catch(() => stream.close());
  return () => looking.abort();
}

/** What people read once they have to mend it: no cluster gives up a Pod of its only node. */
async function silentNode(cluster: Cluster, pod: string, last: DomainError): Promise<DomainError> {
  const node = (await readPod(cluster, pod).catch(() => null))?.spec?.nodeName ?? 'of no name';
  const mend = 'bring it back, or take it out of the cluster, then retry the run';
  const message = `watch: the node ${node} of the workspace does not answer (${last.message}); ${mend}`;
  return new DomainError('transient', 'place-unreachable', message, { cause: last });
}
