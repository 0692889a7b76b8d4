import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventData } from '../workflows/contracts/events.ts';
import { expectDemo } from './harness/demo.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';
import { makeNamespace } from './servers/kubernetes/namespace.ts';
import type { TestNamespace } from './servers/kubernetes/namespace.ts';
import { startKubernetes } from './servers/kubernetes/server.ts';
import type { KubernetesServer } from './servers/kubernetes/server.ts';
import { addStandInNode } from './servers/kubernetes/stand-in-node.ts';

// @last

const mebibyte = 1024 ** 2;
const demoLimitMs = 280_000;

let kubernetes: KubernetesServer;
let space: TestNamespace;
let folder: string;
let system: TestSystem;

beforeAll(async () => {
  kubernetes = await startKubernetes();
  folder = await mkdtemp(join(tmpdir(), 'af-kube-e2e-'));
  space = await makeNamespace(kubernetes.kubeconfig, `requests-${process.pid}`, folder);
  system = await TestSystem.open({
    ...settings(),
    // An agent that does what it is told, to the letter: the prompt is its program.
    EXECUTOR_COMMAND: 'exec sh',
    WORKSPACE_MEMORY_BYTES: String(700 * mebibyte),
    WORKSPACE_DISK_BYTES: String(200 * mebibyte),
    SAVE_EVERY_MS: '1000',
  });
}, 1_500_000);

afterAll(async () => {
  await system?.close();
  await space?.remove();
  await rm(folder, { recursive: true, force: true });
  await kubernetes?.close();
}, 120_000);

function settings(): Record<string, string> {
  return {
    ...{ PROVISIONER: 'kubernetes', KUBECONFIG: space.kubeconfig, KUBERNETES_NAMESPACE: space.namespace },
    WORKSPACE_IMAGE: kubernetes.image,
  };
}

/** Every Pod of the namespace. */
async function pods(): Promise<V1Pod[]> {
  return (await space.admin.listNamespacedPod({ namespace: space.namespace })).items;
}

async function begin(prompt: string, on = system) {
  const project = await on.project({ 'README.md': '# sample\n' }, { review: false });
  const requestId = await on.submit(project.projectId, prompt, { executor: 'command' });
  return { requestId, repository: project.repositoryUrl };
}

describe('the demo in a cluster', () => {
  it(
    'ends in a reviewed merge request, and leaves no Pod',
    async () => {
      const told = await expectDemo(join(folder, 'demo'), settings(), demoLimitMs);

      expect(told).toMatch(/workspaces.*Kubernetes, namespace requests-/);
      expect(await pods()).toEqual([]);
    },
    demoLimitMs + 20_000,
  );
});

describe('a run in a Pod', () => {
  it('goes on undisturbed when its host is killed, and its work is what the merge request holds', async () => {
    const count = 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line-$i; sleep 0.3; done; echo finished > done.txt; exit 0';
    const { requestId, repository } = await begin(count);
    await system.event(requestId, 'agent.delta');

    system.kill('laptop');

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    const text = events.flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : [])).join('');
    assertDense(events);
    expect(events.filter((event) => event.type === 'run.attempt').map((event) => event.data)).toMatchObject([
      { provisioner: 'kubernetes' },
    ]);
    expect(text.trim().split('\n')).toEqual(Array.from({ length: 30 }, (_, index) => `line-${index + 1}`));
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:done.txt`)).toBe('finished');
  });

  it('that takes all memory ends with that reason and its size', async () => {
    const { requestId } = await begin(`python3 -c "import time; kept = bytearray(${900 * mebibyte}); time.sleep(600)"`);

    const detail = await system.reach(requestId, 'BLOCKED');

    expect(detail.awaiting).toMatchObject({
      kind: 'retry',
      reason: 'agent-memory',
      message: expect.stringContaining('out of memory at 700 MiB'),
    });
  });

  it('reaches neither the servers of this machine nor the cluster, and no specification holds a secret', async () => {
    const hosts = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
    const port = new URL(system.system.apiUrl).port;
    const targets = [...hosts.map(({ address }) => `${address}:${port}`), '10.254.0.2:6443', '10.254.0.2:10250'];
    const program = [
      `for target in ${targets.join(' ')}; do node -e "const [h,p]=process.argv[1].split(':');const s=require('net').connect(p,h,()=>{console.log('reached '+process.argv[1]);process.exit()});s.on('error',()=>process.exit());setTimeout(()=>process.exit(),1500)" $target; done`,
      'git ls-remote http://127.0.0.1:8787/git/run.git >/dev/null 2>&1 && echo own-repository',
      'echo tried',
      'sleep 5',
      'exit 0',
    ].join('\n');
    const { requestId } = await begin(program);
    await system.event(requestId, 'agent.delta');
    const living = JSON.stringify(await pods());

    await system.reach(requestId, 'DONE');
    const events = await system.events(requestId);
    const text = events.flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : [])).join('');

    expect(text.trim().split('\n')).toEqual(['own-repository', 'tried']);
    // A run's token is three base64url parts; a prompt is somebody's words.
    expect(living).toContain('astraforge.dev/workspace');
    expect(living).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}|ls-remote|DATABASE_URL|API_KEY/);
  });
});

describe('an API server that dies in the middle of a turn', () => {
  afterEach(() => kubernetes.startApiServer());

  it('and comes back costs no word: the run goes on at its offset', async () => {
    const count = 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line-$i; sleep 0.3; done; echo finished > done.txt; exit 0';
    const { requestId } = await begin(count);
    await system.event(requestId, 'agent.delta');

    await kubernetes.killApiServer();
    await kubernetes.startApiServer();

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    const text = events.flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : [])).join('');
    assertDense(events);
    expect(events.filter(({ type }) => type === 'run.attempt')).toHaveLength(1);
    expect(text.trim().split('\n')).toEqual(Array.from({ length: 60 }, (_, index) => `line-${index + 1}`));
    expect(events.filter(({ type }) => type === 'checkpoint.created')).toHaveLength(1);
  });

  it('and stays away is told with what to do, and nothing is left running once it is back', async () => {
    const impatient = await TestSystem.open({ ...settings(), EXECUTOR_COMMAND: 'exec sh', PLACE_PATIENCE_MS: '5000' });
    try {
      const { requestId } = await begin('while :; do echo still-here; sleep 1; done', impatient);
      await impatient.event(requestId, 'agent.delta');
      const left = async () => (await pods()).filter(({ metadata }) => JSON.stringify(metadata?.annotations).includes(requestId));
      expect(await left()).toHaveLength(1);

      await kubernetes.killApiServer();

      const detail = await impatient.reach(requestId, 'BLOCKED');
      expect(detail.awaiting).toMatchObject({ kind: 'retry', reason: 'place-unreachable' });
      expect(detail.awaiting).toHaveProperty(
        'message',
        expect.stringMatching(/API server at https:\/\/10\.254\.0\.2:6443 does not answer.*start it/),
      );
      await kubernetes.startApiServer();
      await impatient.until('the Pod is gone', async () => (await left()).length === 0);
    } finally {
      await impatient.close();
    }
  });
});

/** Works on for ever, unless it finds what an earlier place saved. It changes its tree all the time, so that each save is one of its own. */
const untilResumed =
  'test -f kept.txt && { echo resumed; exit 0; }; i=0; while :; do i=$((i+1)); echo $i > kept.txt; echo line-$i; sleep 0.5; done';

/** Begins it, and waits until a save holds its work: of two saves after its first word the second began after the file was there. */
async function beginSaved() {
  const begun = await begin(untilResumed);
  await system.until('the second save after the first word', async () => {
    const events = await system.events(begun.requestId);
    const word = events.find(({ type }) => type === 'agent.delta')?.seq ?? Infinity;
    return events.filter(({ type, seq }) => type === 'saved' && seq > word).length >= 2;
  });
  return begun;
}

/** The Pods of a request that are there, whatever their state. */
async function podsOf(requestId: string): Promise<V1Pod[]> {
  return (await pods()).filter(({ metadata }) => metadata?.annotations?.['astraforge.dev/workspace']?.includes(requestId));
}

async function attemptsOf(requestId: string): Promise<EventData<'run.attempt'>[]> {
  const events = await system.events(requestId);
  return events.flatMap((event) => (event.type === 'run.attempt' ? [event.data as EventData<'run.attempt'>] : []));
}

const resumedFromSave = [{ resumedFrom: null }, { resumedFrom: expect.stringMatching(/^[0-9a-f]{40}$/) }];

describe('a node that is lost in the middle of a turn', () => {
  let standIn: Awaited<ReturnType<typeof addStandInNode>>;

  beforeAll(async () => {
    standIn = await addStandInNode(kubernetes.kubeconfig);
  });

  afterAll(async () => {
    kubernetes.thawNode();
    await standIn?.remove();
  });

  it('is named to people; its Pod is never forced away, and the next attempt resumes the last save once a node is there', async () => {
    const { requestId, repository } = await beginSaved();
    const [lost] = await podsOf(requestId);

    kubernetes.freezeNode();

    await system.event(requestId, 'warning', ({ data }) =>
      new RegExp(`^the node ${lost?.spec?.nodeName ?? '-'} was lost, .*; the work goes on from its last save$`).test(data.message),
    );
    await system.until('the next attempt has a Pod of its own', async () => (await podsOf(requestId)).length === 2);
    const waiting = await podsOf(requestId);
    expect(waiting.find(({ metadata }) => metadata?.uid === lost?.metadata?.uid)).toHaveProperty('metadata.deletionTimestamp');
    expect(waiting.find(({ metadata }) => metadata?.uid !== lost?.metadata?.uid)?.spec?.nodeName).toBeUndefined();

    kubernetes.thawNode();

    await system.until('the lost Pod is gone', async () =>
      (await podsOf(requestId)).every(({ metadata }) => metadata?.uid !== lost?.metadata?.uid),
    );
    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    assertDense(events);
    expect(await attemptsOf(requestId)).toMatchObject(resumedFromSave);
    // Nobody hears of the first place once there is a second.
    const second = events.findIndex(({ type, attempt }) => type === 'run.attempt' && attempt === 2);
    expect(events.slice(second).filter(({ attempt }) => attempt === 1)).toEqual([]);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:kept.txt`)).toMatch(/^\d+$/);
  }, 400_000);
});

describe('a Pod that is lost in the middle of a turn', () => {
  it('costs the place and no work: the next attempt resumes the last save', async () => {
    const { requestId } = await beginSaved();
    const [victim] = await podsOf(requestId);

    await space.admin.deleteNamespacedPod({ name: victim?.metadata?.name ?? '', namespace: space.namespace, gracePeriodSeconds: 0 });

    await system.reach(requestId, 'PATCH_READY');
    expect(await attemptsOf(requestId)).toMatchObject(resumedFromSave);
    await system.close();
    expect((await pods()).filter(({ metadata }) => !metadata?.deletionTimestamp)).toEqual([]);
  });
});
