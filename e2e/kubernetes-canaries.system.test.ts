import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hitsIn } from './harness/canaries.ts';
import { describeCanaries } from './harness/canaries.contract.ts';
import { makeNamespace, type TestNamespace } from './servers/kubernetes/namespace.ts';
import { startKubernetes, type KubernetesServer } from './servers/kubernetes/server.ts';

// @rooms workspace/provisioners/kubernetes workspace/provisioners/exec-place
// @last

let kubernetes: KubernetesServer;
let space: TestNamespace;
let folder: string;

beforeAll(async () => {
  kubernetes = await startKubernetes();
  folder = await mkdtemp(join(tmpdir(), 'af-kube-canaries-'));
  space = await makeNamespace(kubernetes.kubeconfig, `canaries-${process.pid}`, folder);
}, 1_500_000);

afterAll(async () => {
  await space?.remove();
  await rm(folder, { recursive: true, force: true });
  await kubernetes?.close();
}, 120_000);

describeCanaries(
  'Kubernetes',
  () => ({
    ...{ PROVISIONER: 'kubernetes', KUBECONFIG: space.kubeconfig, KUBERNETES_NAMESPACE: space.namespace },
    WORKSPACE_IMAGE: kubernetes.image,
  }),
  (after) => {
    it('nor in what the cluster keeps: Pods, their logs, its events and every other object of the namespace', async () => {
      const { canaries } = after();
      const { admin, namespace } = space;
      const pods = (await admin.listNamespacedPod({ namespace })).items;
      const names = pods.flatMap(({ metadata, spec }) => (spec?.containers ?? []).map(({ name }) => [metadata?.name ?? '', name] as const));
      const logs = await Promise.all(names.map(([name, container]) => admin.readNamespacedPodLog({ name, namespace, container })));
      const events = (await admin.listNamespacedEvent({ namespace })).items;
      const others = await Promise.all([
        admin.listNamespacedConfigMap({ namespace }),
        admin.listNamespacedSecret({ namespace }),
        admin.listNamespacedPersistentVolumeClaim({ namespace }),
      ]);

      // The place of the first request waits for its next message.
      expect(pods.length).toBeGreaterThan(0);
      expect(events.length).toBeGreaterThan(0);
      expect(hitsIn(canaries, JSON.stringify([pods, logs, events, others]))).toEqual([]);
    });
  },
  { keepsFolders: false },
);
