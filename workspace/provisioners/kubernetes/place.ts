import type { ExecPlace } from '../exec-place/port.ts';
import type { Cluster } from './client.ts';
import { stateOf } from './judge.ts';
import { containers } from './layout.ts';
import { awaitPod, readPod } from './pods.ts';
import { openStream } from './stream.ts';

/** A Pod as a place: its streams pass through the API server, and its event file goes with it. */
export function podPlace(cluster: Cluster, pod: string): ExecPlace {
  return {
    name: pod,
    open: (argv) => openStream(cluster, pod, containers.supervisor, argv),
    state: async () => stateOf(await readPod(cluster, pod)),
    async awaitEnd(timeoutMs, signal) {
      const over = await awaitPod(cluster, pod, (now) => (stateOf(now).status === 'running' ? undefined : true), { timeoutMs, signal });
      return over === true;
    },
  };
}
