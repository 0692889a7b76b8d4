import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../e2e/harness/repository.ts';
import { TestSystem } from '../e2e/harness/system.ts';
import { startDocker } from '../e2e/servers/docker.ts';
import { makeNamespace } from '../e2e/servers/kubernetes/namespace.ts';
import { startKubernetes } from '../e2e/servers/kubernetes/server.ts';
import type { KubernetesServer } from '../e2e/servers/kubernetes/server.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { unwrap } from '../api/client/index.ts';
import type { Benchmark } from './benchmark.ts';
import { makeBigRepository } from './big-repository.ts';
import { percentile, summary } from './statistics.ts';

const size = { commits: 10_000, bytes: 100 * 1024 ** 2 };
const samples = 7;
/** Clones once through the gateway and says how long it took. */
const cloning = [
  'begin=$(date +%s%3N)',
  'git clone --quiet --bare http://127.0.0.1:8787/git/run.git /tmp/clone.git',
  'echo cloned-in $(( $(date +%s%3N) - begin ))',
  'rm -rf /tmp/clone.git',
  'exit 0',
].join('\n');

/** How soon an agent has its prompt, in a fresh workspace and in one that is kept, on a large repository. */
export const workspace: Benchmark = {
  name: 'workspace',
  describes: `accepted -> the agent has the prompt, ${size.commits} commits of ${size.bytes / 1024 ** 2} MB in all; ${samples} samples`,
  async run({ print }) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-workspace-'));
    try {
      const repository = join(folder, 'big.git');
      await makeBigRepository(repository, size);
      return {
        ...(await withDocker((env, name) => measureOn(name, env, repository, print))),
        kubernetes: await withKubernetes(folder, print, (env) => measureOn('kubernetes', env, repository, print)),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Environment = Record<string, string>;

async function withDocker(run: (env: Environment, name: string) => Promise<unknown>): Promise<Record<string, unknown>> {
  const docker = await startDocker();
  try {
    const figures: Record<string, unknown> = {};
    for (const name of ['docker', 'local']) figures[name] = await run({ PROVISIONER: name, DOCKER_HOST: docker.host }, name);
    return figures;
  } finally {
    await docker.close();
  }
}

/** On the tests' own cluster; `{ leftOut }` with the reason where that cannot be started. */
async function withKubernetes(
  folder: string,
  print: (line: string) => void,
  run: (env: Environment) => Promise<unknown>,
): Promise<unknown> {
  let kubernetes: KubernetesServer;
  try {
    kubernetes = await startKubernetes((line) => print(`kubernetes: ${line}`));
  } catch (error) {
    const leftOut = `the tests' cluster cannot be started here: ${messageOf(error)}`;
    print(`kubernetes: left out, since ${leftOut}`);
    return { leftOut };
  }
  try {
    const space = await makeNamespace(kubernetes.kubeconfig, `bench-${process.pid}`, folder);
    try {
      const names = { KUBECONFIG: space.kubeconfig, KUBERNETES_NAMESPACE: space.namespace, WORKSPACE_IMAGE: kubernetes.image };
      return await run({ PROVISIONER: 'kubernetes', ...names });
    } finally {
      await space.remove();
    }
  } finally {
    await kubernetes.close();
  }
}

async function measureOn(name: string, env: Environment, repository: string, print: (line: string) => void): Promise<unknown> {
  const system = await TestSystem.open({ ...env, EXECUTOR_COMMAND: 'exec sh', TENANT_SLOTS: '8' });
  try {
    return await measure(system, repository, (line) => print(`${name}: ${line}`));
  } finally {
    await system.close();
  }
}

async function measure(system: TestSystem, repository: string, print: (line: string) => void) {
  const body = { name: 'big', repositoryUrl: repository, repositoryKind: 'git' as const, forge: 'local', settings: { review: false } };
  const project = await unwrap(system.client.POST('/api/projects', { body }));
  const coldMs: number[] = [];
  const warmMs: number[] = [];
  const ratios: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const requestId = await system.submit(project.projectId, `echo ${sample} > work.txt; exit 0`, { executor: 'command' });
    const cold = await untilPrompted(system, requestId, Date.now(), 1);
    await system.reach(requestId, 'PATCH_READY');
    const askedMs = Date.now();
    await system.chat(requestId, cloning);
    const warm = await untilPrompted(system, requestId, askedMs, 2);
    const said = await system.event(requestId, 'agent.delta', ({ data }) => data.text.includes('cloned-in'));
    const throughMs = Number(/cloned-in (\d+)/.exec(said.data.text)?.[1]);
    const directMs = await cloneDirectly(repository);
    // The first one fills the mirror.
    if (sample === 0) continue;
    coldMs.push(cold);
    warmMs.push(warm);
    ratios.push(throughMs / directMs);
    print(`cold ${cold} ms, kept ${warm} ms, clone ${throughMs} ms through the gateway, ${directMs} ms directly`);
  }
  const cloneRatio = Math.round(percentile(ratios, 50) * 100) / 100;
  return { coldMs: summary(coldMs), keptMs: summary(warmMs), cloneRatio };
}

/** Time from `sinceMs` until the request's n-th turn began. */
async function untilPrompted(system: TestSystem, requestId: string, sinceMs: number, turn: number): Promise<number> {
  let seen = 0;
  const started = await system.event(requestId, 'turn.started', () => (seen += 1) === turn);
  return started.emittedAtMs - sinceMs;
}

async function cloneDirectly(repository: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-clone-'));
  try {
    const startedMs = performance.now();
    await git(folder, 'clone', '--quiet', '--bare', '--no-local', repository, join(folder, 'clone.git'));
    return Math.round(performance.now() - startedMs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
