import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Schemas } from '../api/client/index.ts';
import type { EventData } from '../workflows/contracts/events.ts';
import { statePaths } from '../config/paths.ts';
import { installationOf, ownedBy } from '../workspace/provisioners/docker/names.ts';
import { openDatabaseOf } from './harness/database.ts';
import { expectDemo } from './harness/demo.ts';
import { deriveImage } from './harness/images.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';
import { warmPlace } from './harness/warm.ts';
import { startDocker, type DockerServer } from './servers/docker.ts';
import { startEmptyRegistry } from './servers/registry.ts';

const mebibyte = 1024 ** 2;
const demoLimitMs = 280_000;

let docker: DockerServer;
let folder: string;
let system: TestSystem;

beforeAll(async () => {
  docker = await startDocker();
  folder = await mkdtemp(join(tmpdir(), 'af-docker-e2e-'));
  system = await TestSystem.open({
    PROVISIONER: 'docker',
    DOCKER_HOST: docker.host,
    // An agent that does what it is told, to the letter: the prompt is its program.
    EXECUTOR_COMMAND: 'exec sh',
    WORKSPACE_MEMORY_BYTES: String(700 * mebibyte),
    WORKSPACE_DISK_BYTES: String(200 * mebibyte),
    SAVE_EVERY_MS: '1000',
  });
}, 300_000);

afterAll(async () => {
  await system?.close();
  await rm(folder, { recursive: true, force: true });
  await docker?.close();
}, 120_000);

/** Names of the containers that an installation has, running or not. */
async function containersOf(stateDir: string): Promise<string[]> {
  const installation = installationOf(join(statePaths(stateDir).host('local'), 'containers'));
  const found = await docker.daemon.docker.listContainers({ all: true, filters: ownedBy(installation) });
  return found.flatMap(({ Names }) => Names);
}

async function begin(prompt: string, settings: Partial<Schemas['ProjectSettings']> = {}) {
  const project = await system.project({ 'README.md': '# sample\n' }, { review: false, ...settings });
  const requestId = await system.submit(project.projectId, prompt, { executor: 'command' });
  return { requestId, repository: project.repositoryUrl };
}

describe('the demo where a Docker daemon answers', () => {
  it(
    'takes Docker by itself, ends in a reviewed merge request, and leaves no container',
    async () => {
      const told = await expectDemo(folder, { DOCKER_HOST: docker.host }, demoLimitMs);

      expect(told).toMatch(/workspaces.*Docker, image astraforge\/codex-cli:/);
      expect(await containersOf(join(folder, 'state'))).toEqual([]);
    },
    demoLimitMs + 20_000,
  );
});

describe('a warm workspace', () => {
  it('is a container that waits with its setup done, works for one request, and is replaced by another', async () => {
    const setup = 'date +%s%N > made';
    const files = { '.gitignore': 'made\n', 'README.md': '# sample\n' };
    const { projectId, repositoryUrl } = await system.project(files, { review: false, executor: 'command', setup, warmWorkspaces: 1 });
    const database = await openDatabaseOf(system.stateDir);
    const warm = await warmPlace(system, database, projectId);
    const waiting = await containersOf(system.stateDir);

    const requestId = await system.submit(projectId, 'cp made seen.txt; exit 0');
    await system.reach(requestId, 'PATCH_READY');
    const next = await warmPlace(system, database, projectId, [warm]);
    await database.close();
    const events = await system.events(requestId);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');

    assertDense(events);
    expect(waiting.filter((name) => name.includes(warm))).toHaveLength(1);
    expect(events.flatMap((event) => (event.type === 'run.attempt' ? [event.data] : []))).toMatchObject([
      { attempt: 1, provisioner: 'docker', warmForMs: expect.any(Number) },
    ]);
    expect(await git(repositoryUrl, 'show', `${mergeRequest?.branch}:seen.txt`)).toMatch(/^\d+$/);
    const containers = await containersOf(system.stateDir);
    expect(containers.filter((name) => name.includes(requestId) || name.includes(warm))).toHaveLength(1);
    expect(containers.filter((name) => name.includes(next))).toHaveLength(1);
  });
});

describe('a run in a container', () => {
  it('goes on undisturbed when its host is killed, and its work is what the merge request holds', async () => {
    const count = 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line-$i; sleep 0.3; done; echo finished > done.txt; exit 0';
    const { requestId, repository } = await begin(count);
    await system.event(requestId, 'agent.delta');

    system.kill('laptop');

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    const text = events.flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : [])).join('');
    assertDense(events);
    expect(events.filter((event) => event.type === 'run.attempt').map((event) => event.data)).toMatchObject([{ provisioner: 'docker' }]);
    expect(text.trim().split('\n')).toEqual(Array.from({ length: 30 }, (_, index) => `line-${index + 1}`));
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:done.txt`)).toBe('finished');
  });

  it('that takes all memory ends with that reason and its size, and leaves no container', async () => {
    const { requestId } = await begin(`python3 -c "import time; kept = bytearray(${900 * mebibyte}); time.sleep(600)"`);

    const detail = await system.reach(requestId, 'BLOCKED');

    expect(detail.awaiting).toMatchObject({
      kind: 'retry',
      reason: 'agent-memory',
      message: expect.stringContaining('out of memory at 700 MiB'),
    });
    // Only a run that ended well keeps its workspace for a while.
    expect((await containersOf(system.stateDir)).filter((name) => name.includes(requestId))).toEqual([]);
  });

  it('reaches neither the servers of AstraForge nor what is not its own', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
    const ports = [new URL(system.system.apiUrl).port, ...(await portsOf(system))];
    const targets = addresses.flatMap(({ address }) => ports.map((port) => `${address}:${port}`));
    const program = [
      `for target in ${targets.join(' ')}; do node -e "const [h,p]=process.argv[1].split(':');const s=require('net').connect(p,h,()=>{console.log('reached '+process.argv[1]);process.exit()});s.on('error',()=>process.exit());setTimeout(()=>process.exit(),1500)" $target; done`,
      'relay=http://127.0.0.1:8787',
      'git ls-remote $relay/git/run.git >/dev/null 2>&1 && echo own-repository',
      'git ls-remote $relay/git/other.git >/dev/null 2>&1 && echo other-repository',
      'git push $relay/git/run.git HEAD:refs/heads/stolen >/dev/null 2>&1 && echo pushed',
      'curl -s -o /dev/null -w "files %{http_code}\\n" $relay/files/artifacts/00000000-0000-4000-8000-000000000000',
      'curl -s -o /dev/null -w "service %{http_code}\\n" $relay/runs',
      'ls /run/astraforge /run/gw 2>/dev/null',
      'echo tried',
      'exit 0',
    ].join('\n');
    const { requestId } = await begin(program);

    await system.reach(requestId, 'DONE');
    const events = await system.events(requestId);
    const text = events.flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : [])).join('');

    expect(targets.length).toBeGreaterThan(1);
    expect(text.trim().split('\n')).toEqual(['own-repository', 'files 404', expect.stringMatching(/^service (403|404)$/), 'tried']);
  });
});

/** Ports of the servers that this system started for itself. */
async function portsOf({ stateDir }: TestSystem): Promise<string[]> {
  const known = JSON.parse(await readFile(statePaths(stateDir).portsFile, 'utf8')) as Record<string, number>;
  return Object.values(known).map(String);
}

describe('the image that a project names', () => {
  it('is what its agent works in, and what it waited for is in the log of its request', async () => {
    const tool = 'RUN printf "#!/bin/sh\\necho made-by-own-tool\\n" >/usr/local/bin/own-tool && chmod +x /usr/local/bin/own-tool';
    const image = await deriveImage(docker.daemon.docker, 'astraforge/test-tools:1', [tool]);
    const { requestId, repository } = await begin('own-tool >made.txt; exit 0', { image });

    await system.reach(requestId, 'PATCH_READY');

    const events = await system.events(requestId);
    const steps = events.flatMap((event) => (event.type === 'preparation.completed' ? [event] : []));
    expect(steps.map(({ data, attempt }) => [data.step, data.subject, data.ok, attempt])).toEqual([['probe', image, true, 1]]);
    expect(steps[0]?.data.durationMs).toBeGreaterThan(0);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:made.txt`)).toBe('made-by-own-tool');
  });

  it('that can be had nowhere ends the run with the reason of its pull, and leaves no container', async () => {
    const registry = await startEmptyRegistry();
    const image = `${registry.name}/team/tools:1`;
    const { requestId } = await begin('exit 0', { image });

    const { awaiting } = await system.reach(requestId, 'BLOCKED');

    await registry.close();
    expect(awaiting).toMatchObject({
      kind: 'retry',
      reason: 'setup-failed',
      message: expect.stringMatching(
        /the image 127\.0\.0\.1:\d+\/team\/tools:1 of the project cannot be had \(pull .*manifest unknown.*\)\. Load it/,
      ),
    });
    const events = await system.events(requestId);
    expect(events.flatMap((event) => (event.type === 'preparation.completed' ? [event.data] : []))).toMatchObject([
      { step: 'pull', subject: image, ok: false, message: expect.stringContaining('manifest unknown') },
    ]);
    expect((await containersOf(system.stateDir)).filter((name) => name.includes(requestId))).toEqual([]);
  });
});

describe('a service that a project names', () => {
  it('answers its agent and its checks, and goes with their workspaces', async () => {
    const program = "require('net').createServer((s)=>s.on('error',()=>0).end(process.env.WORD)).listen(7000)";
    const image = await deriveImage(
      docker.daemon.docker,
      'astraforge/test-service:word',
      ['COPY word.js /word.js', 'ENTRYPOINT ["/opt/astraforge/bin/node", "/word.js"]'],
      { 'word.js': program },
    );
    const ask = "node -e \"require('net').connect(7000,'127.0.0.1').pipe(process.stdout)\"";
    const services = [{ name: 'word', image, port: 7000, env: { WORD: 'spoken' } }];
    const checks = [{ name: 'asks', command: `test "$(${ask})" = spoken` }];
    const { requestId, repository } = await begin(`${ask} >said.txt; exit 0`, { services, checks });

    const detail = await system.reach(requestId, 'PATCH_READY');

    expect(detail.checks).toMatchObject([{ name: 'asks', status: 'passed' }]);
    const events = await system.events(requestId);
    const steps = events.flatMap((event) => (event.type === 'preparation.completed' && event.data.step === 'service' ? [event] : []));
    // In the agent's workspace, and in that of the checks.
    expect(steps.map(({ data, attempt }) => [data.subject, data.ok, attempt])).toEqual([
      [`word (${image})`, true, 1],
      [`word (${image})`, true, null],
    ]);
    expect((await containersOf(system.stateDir)).filter((name) => name.includes(`${requestId}-1-c`))).toEqual([]);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:said.txt`)).toBe('spoken');
  });
});

describe('a daemon that ends in the middle of a turn', () => {
  it('costs the place and no work: the next attempt resumes the last save, and nothing is left running', async () => {
    const program = 'test -f kept.txt && { echo resumed; exit 0; }; echo first > kept.txt; echo saved-soon; sleep 600';
    const { requestId } = await begin(program);
    await system.event(requestId, 'saved');

    await docker.restart();

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    const attempts = events.flatMap((event) => (event.type === 'run.attempt' ? [event.data as EventData<'run.attempt'>] : []));
    expect(attempts).toMatchObject([{ resumedFrom: null }, { resumedFrom: expect.stringMatching(/^[0-9a-f]{40}$/) }]);
    await system.close();
    expect(await containersOf(system.stateDir)).toEqual([]);
  });
});
