import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { statusOf } from '../../../workspace/provisioners/kubernetes/client.ts';

const name = 'stand-in';
const beatEveryMs = 3_000;

/**
 * Adds a node that is always ready and takes no Pod; there is no machine behind it. A cluster that finds all of its nodes silent takes
 * itself for the one that is cut off, and gives no Pod up: the loss of one node is a loss only beside another.
 */
export async function addStandInNode(adminKubeconfig: string): Promise<{ remove(): Promise<void> }> {
  const config = new KubeConfig();
  config.loadFromFile(adminKubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const begunAt = new Date();
  const beat = () => {
    const ready = { type: 'Ready', status: 'True', reason: 'StandIn', lastHeartbeatTime: new Date(), lastTransitionTime: begunAt };
    return core.patchNodeStatus({ name, body: [{ op: 'add', path: '/status/conditions', value: [ready] }] });
  };
  // What a run that was killed left.
  await core.deleteNode({ name }).catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  });
  await core.createNode({ body: { metadata: { name }, spec: { unschedulable: true } } });
  await beat();
  // One that fails is made up for by the next.
  const timer = setInterval(() => void beat().catch(() => undefined), beatEveryMs);
  return {
    async remove() {
      clearInterval(timer);
      await core.deleteNode({ name });
    },
  };
}
