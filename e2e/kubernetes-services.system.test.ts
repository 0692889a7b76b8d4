import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { openCluster } from '../workspace/provisioners/kubernetes/client.ts';
import { createKubernetesProvisioner } from '../workspace/provisioners/kubernetes/index.ts';
import { podName } from '../workspace/provisioners/kubernetes/names.ts';
import { removePod } from '../workspace/provisioners/kubernetes/pods.ts';
import { startPod } from '../workspace/provisioners/kubernetes/start.ts';
import { describeServices } from '../workspace/services.contract.ts';
import { startTestDoor } from '../workspace/testing/door.ts';
import type { TestDoor } from '../workspace/testing/door.ts';
import { testJob } from '../workspace/testing/harness.ts';
import { makeServiceImages } from './harness/service-images.ts';
import { startDocker } from './servers/docker.ts';
import { archiveImage } from './servers/kubernetes/archive.ts';
import { makeNamespace } from './servers/kubernetes/namespace.ts';
import { startKubernetes } from './servers/kubernetes/server.ts';

// @last

const folder = mkdtempSync(join(tmpdir(), 'af-kube-services-'));
const kubernetes = await startKubernetes();
const space = await makeNamespace(kubernetes.kubeconfig, `services-${process.pid}`, folder);
const limits = { cpus: 1, runtimeClass: undefined, deadlineSeconds: 3600 };
const cacheDir = join(folder, 'cache');

afterAll(async () => {
  await space.remove();
  await kubernetes.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

function openProvisioner(door: TestDoor) {
  const place = { cluster: openCluster(space), installation: 'services', doorSocket: door.socketPath, image: kubernetes.image };
  return createKubernetesProvisioner({ ...place, ...limits, cacheDir, logger: createLogger('test', { silent: true }) });
}

async function places(): Promise<string[]> {
  const { items } = await space.admin.listNamespacedPod({ namespace: space.namespace });
  return items.map(({ metadata }) => metadata?.uid ?? '').sort();
}

/** Those of the contract, on the node. Postgres is nobody whom its image lists, the others are root's. */
async function clusterImages() {
  const { daemon, close } = await startDocker();
  try {
    const { postgres, teller, broken } = await makeServiceImages(daemon.docker, '70:70');
    for (const image of [postgres, teller, broken]) {
      const archive = join(folder, `${image.replaceAll(/[^a-z]/g, '-')}.tar`);
      await archiveImage(daemon.docker, image, archive);
      await kubernetes.importImages(archive);
      rmSync(archive);
    }
    return { postgres: `docker.io/${postgres}`, teller: `docker.io/${teller}`, broken: `docker.io/${broken}` };
  } finally {
    await close();
  }
}

let made: ReturnType<typeof clusterImages> | undefined;
const images = () => (made ??= clusterImages());

describeServices('kubernetes', async (door) => ({
  open: () => openProvisioner(door),
  images: await images(),
  // API server, kubelet, metadata, internet.
  targets: ['10.254.0.2:6443', '10.254.0.2:10250', '169.254.169.254:80', '1.1.1.1:443'],
  networks: ['eth0'],
  places,
  close: () => Promise.resolve(),
}));

describe('the services of a Pod', () => {
  it('whose image cannot be had are told by it and what to do', async () => {
    const door = await startTestDoor();
    const job = testJob(door.commit({}), { workspaceId: 'nowhere', executor: { name: 'none' } });
    const services = [{ name: 'db', image: '127.0.0.1:9/nothing:1', port: 5432, env: {} }];
    const told: unknown[] = [];

    const attempt = openProvisioner(door).create({ job, runToken: door.runToken, services }, ({ type, data }) =>
      told.push([type, data.subject]),
    );

    await expect(attempt).rejects.toMatchObject({
      code: 'setup-failed',
      message: expect.stringMatching(/the image 127\.0\.0\.1:9\/nothing:1 of .* cannot be had by the node .*name another one/),
    });
    expect(told).toContainEqual(['preparation.completed', '127.0.0.1:9/nothing:1']);
    expect(await places()).toEqual([]);
    await door.close();
  });

  it(
    'may not take the port of the gateway',
    async () => {
      const door = await startTestDoor();
      const job = testJob(door.commit({}), { workspaceId: 'taken', executor: { name: 'none' } });
      const { teller } = await images();
      const services = [{ name: 'teller', image: teller, port: 7000, env: { TARGETS: '127.0.0.1:9', ALSO: '8787' } }];

      await expect(openProvisioner(door).create({ job, runToken: door.runToken, services })).rejects.toMatchObject({
        ...{ kind: 'permanent', code: 'setup-failed' },
        message: expect.stringMatching(/the service teller \(.*teller\) takes port 8787, which is the gateway's/),
      });
      expect(await places()).toEqual([]);
      await door.close();
    },
    15 * 60_000,
  );

  it('where no policy is enforced are not started, and that is told', async () => {
    const cluster = openCluster(space);
    const name = podName('services', 'uncovered');
    // Labels that the policy does not select: as if nobody enforced it.
    const pod = { ...limits, name, image: kubernetes.image, labels: { app: 'uncovered' }, annotations: {} };
    const size = { memoryBytes: 256 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };
    const service = {
      spec: { name: 'db', image: kubernetes.image, port: 5432, env: {} },
      image: { id: '', uid: 1000, gid: 1000, volumes: [], passwd: null },
    };

    const refused = await startPod({
      ...{ cluster, cacheDir, pod: { ...pod, limits: size }, codexPath: '/opt/astraforge/bin/codex', spec: null },
      services: [service],
    }).catch((error: unknown) => error);
    const { status } = await space.admin.readNamespacedPod({ name, namespace: space.namespace });
    await removePod(cluster, name);

    expect(refused).toMatchObject({
      code: 'isolation',
      message: expect.stringMatching(/no place for services: it reaches 10\.254\.0\.2:6443.*must enforce NetworkPolicy/),
    });
    expect(status?.containerStatuses?.find((one) => one.name === 'db-service')?.state?.running).toBeUndefined();
    expect(status?.containerStatuses?.find((one) => one.name === 'db-service')?.state?.terminated?.startedAt).toBeUndefined();
  });
});
