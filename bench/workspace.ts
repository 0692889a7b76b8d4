import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabaseOf } from '../e2e/harness/database.ts';
import { git } from '../e2e/harness/repository.ts';
import { TestSystem } from '../e2e/harness/system.ts';
import { warmPlace } from '../e2e/harness/warm.ts';
import { startDocker } from '../e2e/servers/docker.ts';
import { makeNamespace } from '../e2e/servers/kubernetes/namespace.ts';
import { startKubernetes } from '../e2e/servers/kubernetes/server.ts';
import type { KubernetesServer } from '../e2e/servers/kubernetes/server.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { unwrap, type Schemas } from '../api/client/index.ts';
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

/** How soon an agent has its prompt, in a fresh workspace, in one that is kept and in a warm one, on a large repository. */
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
  const fresh = await measureFresh(system, repository, print);
  // After the others, so that no place is made beside them.
  return { ...fresh, warmMs: summary(await measureWarm(system, repository, print)) };
}

async function measureFresh(system: TestSystem, repository: string, print: (line: string) => void) {
  const project = await addProject(system, repository, 'big', {});
  const coldMs: number[] = [];
  const keptMs: number[] = [];
  const ratios: number[] = [];
  for (let sample = 0; sample <= samples; sample++) {
    const requestId = await system.submit(project.projectId, `echo ${sample} > work.txt; exit 0`, { executor: 'command' });
    const cold = await untilPrompted(system, requestId, Date.now(), 1);
    await system.reach(requestId, 'PATCH_READY');
    const askedMs = Date.now();
    await system.chat(requestId, cloning);
    const kept = await untilPrompted(system, requestId, askedMs, 2);
    const said = await system.event(requestId, 'agent.delta', ({ data }) => data.text.includes('cloned-in'));
    const throughMs = Number(/cloned-in (\d+)/.exec(said.data.text)?.[1]);
    const directMs = await cloneDirectly(repository);
    // The first one fills the mirror.
    if (sample === 0) continue;
    coldMs.push(cold);
    keptMs.push(kept);
    ratios.push(throughMs / directMs);
    print(`cold ${cold} ms, kept ${kept} ms, clone ${throughMs} ms through the gateway, ${directMs} ms directly`);
  }
  const cloneRatio = Math.round(percentile(ratios, 50) * 100) / 100;
  return { coldMs: summary(coldMs), keptMs: summary(keptMs), cloneRatio };
}

/** Each time from a workspace that was made before its request. */
async function measureWarm(system: TestSystem, repository: string, print: (line: string) => void): Promise<number[]> {
  const { projectId } = await addProject(system, repository, 'big-warm', { warmWorkspaces: 1 });
  const database = await openDatabaseOf(system.stateDir);
  const warmMs: number[] = [];
  const used: string[] = [];
  try {
    for (let sample = 0; sample < samples; sample++) {
      used.push(await warmPlace(system, database, projectId, used));
      const sinceMs = Date.now();
      const requestId = await system.submit(projectId, `echo ${sample} > work.txt; exit 0`, { executor: 'command' });
      const warm = await untilPrompted(system, requestId, sinceMs, 1);
      const { data } = await system.event(requestId, 'run.attempt');
      if (data.warmForMs === undefined) throw new Error(`request ${requestId} did not begin in the warm workspace that waited for it`);
      await system.reach(requestId, 'PATCH_READY');
      warmMs.push(warm);
      print(`warm ${warm} ms`);
    }
    return warmMs;
  } finally {
    await database.close();
  }
}

function addProject(system: TestSystem, repositoryUrl: string, name: string, settings: Partial<Schemas['ProjectSettings']>) {
  const body = {
    name,
    repositoryUrl,
    repositoryKind: 'git' as const,
    forge: 'local',
    settings: { review: false, executor: 'command', ...settings },
  };
  return unwrap(system.client.POST('/api/projects', { body }));
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
