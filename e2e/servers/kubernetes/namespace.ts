import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, dumpYaml, KubeConfig, KubernetesObjectApi, loadAllYaml } from '@kubernetes/client-node';
import type { KubernetesObject } from '@kubernetes/client-node';

const rbacFile = join(import.meta.dirname, '..', '..', '..', 'deploy', 'kubernetes', 'rbac.yaml');

/** A namespace of a suite's own, under Pod Security `restricted`, with the role that AstraForge is shipped with. */
export interface TestNamespace {
  namespace: string;
  /** Of the ServiceAccount alone, by a token. */
  kubeconfig: string;
  /** The cluster's administrator, for what a suite does from outside. */
  admin: CoreV1Api;
  /** Ends it with all that is in it. */
  remove(): Promise<void>;
}

/** Makes it; `folder` gets the kubeconfig. */
export async function makeNamespace(adminKubeconfig: string, namespace: string, folder: string): Promise<TestNamespace> {
  const config = new KubeConfig();
  config.loadFromFile(adminKubeconfig);
  const admin = config.makeApiClient(CoreV1Api);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await admin.createNamespace({ body: { metadata: { name: namespace, labels } } });
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const object of loadAllYaml(await readFile(rbacFile, 'utf8')) as KubernetesObject[])
    await objects.create({ ...object, metadata: { ...object.metadata, namespace } });
  const { status } = await admin.createNamespacedServiceAccountToken({
    ...{ name: 'astraforge', namespace },
    body: { spec: { audiences: [], expirationSeconds: 24 * 3600 } },
  });
  const cluster = config.getCurrentCluster();
  if (!cluster || !status) throw new Error('the cluster gave no token');
  const kubeconfig = join(folder, `${namespace}.kubeconfig`);
  const file = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'workspaces' },
    clusters: [{ name: 'local', cluster: { server: cluster.server, 'certificate-authority-data': cluster.caData } }],
    users: [{ name: 'astraforge', user: { token: status.token } }],
    contexts: [{ name: 'workspaces', context: { cluster: 'local', user: 'astraforge', namespace } }],
  };
  await writeFile(kubeconfig, dumpYaml(file), { mode: 0o600 });
  return {
    ...{ namespace, kubeconfig, admin },
    async remove() {
      await admin.deleteNamespace({ name: namespace });
    },
  };
}
