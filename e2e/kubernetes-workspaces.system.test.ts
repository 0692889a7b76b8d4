import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { describeEscapes } from '../workspace/escapes.contract.ts';
import { openCluster } from '../workspace/provisioners/kubernetes/client.ts';
import { createKubernetesProvisioner } from '../workspace/provisioners/kubernetes/index.ts';
import { podLabels, podName } from '../workspace/provisioners/kubernetes/names.ts';
import { removePod } from '../workspace/provisioners/kubernetes/pods.ts';
import { startPod } from '../workspace/provisioners/kubernetes/start.ts';
import { runInPod } from '../workspace/provisioners/kubernetes/stream.ts';
import { startTestDoor } from '../workspace/testing/door.ts';
import type { TestDoor } from '../workspace/testing/door.ts';
import { nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from '../workspace/testing/harness.ts';
import { describeProvisioner } from '../workspace/workspace.contract.ts';
import { deriveImage } from './harness/images.ts';
import { startDocker } from './servers/docker.ts';
import { archiveImage } from './servers/kubernetes/archive.ts';
import { makeNamespace } from './servers/kubernetes/namespace.ts';
import { startKubernetes } from './servers/kubernetes/server.ts';

// @last

const secondProcess = join(import.meta.dirname, '..', 'workspace', 'testing', 'attach.ts');
const folder = mkdtempSync(join(tmpdir(), 'af-kube-'));
const kubernetes = await startKubernetes();
const space = await makeNamespace(kubernetes.kubeconfig, `workspaces-${process.pid}`, folder);
const { image } = kubernetes;

afterAll(async () => {
  await space.remove();
  await kubernetes.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

/** A provisioner of an installation of its own; `close` destroys what is left. */
function kubernetesForTest(door: TestDoor, installation: string) {
  const runsDir = dirname(door.repository);
  const settings = { workspacesDir: folder, cacheDir: join(folder, 'cache'), doorSocket: door.socketPath, runsDir };
  const cluster = openCluster(space);
  const limits = { cpus: 2, runtimeClass: undefined, deadlineSeconds: 3600 };
  const logger = createLogger('test', { silent: true });
  const provisioner = createKubernetesProvisioner({ ...settings, ...limits, cluster, installation, image, logger });
  return {
    ...{ provisioner, folder, cluster },
    settings: { ...settings, kubernetes: { kubeconfig: space.kubeconfig, namespace: space.namespace, installation, image } },
    async close() {
      for (const id of await provisioner.list()) await provisioner.destroy(id);
    },
  };
}

describeEscapes('kubernetes', (door) => ({
  ...kubernetesForTest(door, 'escapes'),
  sockets: ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock'],
}));

describeProvisioner(
  'kubernetes',
  (door) => {
    const { provisioner, settings, cluster, close } = kubernetesForTest(door, 'contract');
    const podOf = (id: string): string => podName('contract', id);
    return {
      provisioner,
      settings,
      async shortenEvents(id) {
        await runInPod(cluster, podOf(id), 'supervisor', ['truncate', '-s', '10', '/run/astraforge/events.jsonl'], '');
      },
      async killPlace(id) {
        const { status } = await space.admin.readNamespacedPod({ name: podOf(id), namespace: space.namespace });
        const found = status?.containerStatuses?.find(({ name }) => name === 'supervisor')?.containerID;
        await kubernetes.killContainer(found?.replace(/^containerd:\/\//, '') ?? '');
      },
      bringsObjects: true,
      close,
    };
  },
  secondProcess,
);

describe('a Pod that cannot begin', () => {
  function start(change: { image?: string; memoryBytes?: number; labels?: Record<string, string> }) {
    const limits = { memoryBytes: change.memoryBytes ?? 256 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };
    const name = podName('trouble', `pod-${Math.random()}`);
    const labels = change.labels ?? podLabels('trouble', 'probe');
    const pod = {
      name,
      image: change.image ?? image,
      labels,
      annotations: {},
      limits,
      cpus: 1,
      runtimeClass: undefined,
      deadlineSeconds: 300,
    };
    const cluster = openCluster(space);
    const codexPath = '/opt/astraforge/bin/codex';
    return startPod({ cluster, pod, codexPath, cacheDir: join(folder, 'cache'), spec: null }).finally(() => removePod(cluster, name));
  }

  it('is told in the words of the scheduler when no node takes it', async () => {
    await expect(start({ memoryBytes: 64 * 1024 ** 4 })).rejects.toMatchObject({
      code: 'kubernetes-unschedulable',
      message: expect.stringMatching(/0\/1 nodes are available: .*[Ii]nsufficient memory/),
    });
  });

  it('is told when its image cannot be had', async () => {
    await expect(start({ image: 'registry.invalid/nothing:1' })).rejects.toMatchObject({
      code: 'kubernetes-image',
      message: expect.stringContaining('registry.invalid/nothing:1'),
    });
  });

  it('for the volumes of its image is refused by their names', async () => {
    const { daemon, close } = await startDocker();
    const lines = ['VOLUME /data', 'VOLUME /home/agent/deep', 'VOLUME /dev/more', 'VOLUME /tmp', 'VOLUME /workspace'];
    const derived = await deriveImage(daemon.docker, 'astraforge/test-cluster:volumes', lines);
    const archive = join(folder, 'volumes.tar');
    await archiveImage(daemon.docker, derived, archive);
    await close();
    await kubernetes.importImages(archive);

    const refused = await start({ image: `docker.io/${derived}` }).catch((error: unknown) => error);

    expect(refused).toMatchObject({ code: 'isolation', kind: 'permanent' });
    const named = /the image docker\.io\/astraforge\/test-cluster:volumes declares volumes \((.*)\), which no limit/.exec(
      String(refused),
    )?.[1];
    // What the Pod mounts itself stands in for the volumes of /tmp and /workspace.
    expect(named?.split(', ').sort()).toEqual(['/data', '/dev/more', '/home/agent/deep']);
  }, 300_000);

  it('of a cluster that does not enforce its policy is refused by name', async () => {
    // Labels that the policy does not select: as if nobody enforced it.
    await expect(start({ labels: { app: 'uncovered' } })).rejects.toMatchObject({
      code: 'isolation',
      message: expect.stringMatching(/it reaches 10\.254\.0\.2:6443.*must enforce NetworkPolicy/),
    });
  });
});

describe('the image of a project', () => {
  it('is what its Pod is made of, tried before the first', async () => {
    const door = await startTestDoor();
    const { provisioner, close } = kubernetesForTest(door, 'images');
    // Another name of the same image.
    const named = image.replace('docker.io/', '');
    const told: string[] = [];
    const job = testJob(door.commit({}), { workspaceId: 'images', executor: { name: 'none' } });

    await provisioner.create({ job, runToken: door.runToken, image: named }, ({ type, data }) =>
      told.push(`${type} ${data.step} ${data.subject}`),
    );

    const { spec } = await space.admin.readNamespacedPod({ name: podName('images', 'images'), namespace: space.namespace });
    expect(named).not.toBe(image);
    expect(spec?.containers.map((container) => container.image)).toEqual([named, named, named]);
    expect(told).toEqual([`preparation.started probe ${named}`, `preparation.completed probe ${named}`]);
    await close();
    await door.close();
  });
});

describe('a tail', () => {
  it('goes on at its offset when its streams break', async () => {
    const door = await startTestDoor();
    const { provisioner, cluster, close } = kubernetesForTest(door, 'breaks');
    const job = testJob(door.commit({}), {
      workspaceId: 'breaks',
      executor: { name: 'command', command: 'for i in 1 2 3 4 5 6; do echo $i; sleep 1; done' },
    });
    const workspace = await provisioner.create({ job, runToken: door.runToken });
    await workspace.deliver(testTurn('m1', 'x'));
    const watched = watchTurn(workspace, undefined, 120_000);
    await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');

    // Every program that carries events out ends, as it does with its connection.
    const pod = podName('breaks', 'breaks');
    const end = 'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline | grep -q -- "--[t]ail" && kill -9 "${p#/proc/}"; done; true';
    await runInPod(cluster, pod, 'supervisor', ['/bin/sh', '-c', end], '');

    const { seen, end: ended } = await watched;
    expect(ended.status).toBe('completed');
    expect(textOf(seen, 'agent.delta')).toBe('1\n2\n3\n4\n5\n6\n');
    await close();
    await door.close();
  });
});

describe('the role that AstraForge is shipped with', () => {
  it('may read no secret and no other namespace', async () => {
    const { core } = openCluster(space);
    const refused = { code: 403 };

    await expect(core.listNamespacedSecret({ namespace: space.namespace })).rejects.toMatchObject(refused);
    await expect(core.listNamespacedPod({ namespace: 'kube-system' })).rejects.toMatchObject(refused);
    await expect(core.listNode()).rejects.toMatchObject(refused);
  });
});
