import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { statePaths } from '../config/paths.ts';
import { describeEscapes } from '../workspace/escapes.contract.ts';
import { openDaemon, requireAnswer } from '../workspace/provisioners/docker/client.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { containerName, containersOf, ownedBy } from '../workspace/provisioners/docker/names.ts';
import { installationIn } from '../workspace/provisioners/docker/remote/installation.ts';
import { describeServices } from '../workspace/services.contract.ts';
import { startTestDoor } from '../workspace/testing/door.ts';
import type { TestDoor } from '../workspace/testing/door.ts';
import { nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from '../workspace/testing/harness.ts';
import { describeProvisioner } from '../workspace/workspace.contract.ts';
import { startCuttableWay } from './harness/cuttable-way.ts';
import { makeServiceImages } from './harness/service-images.ts';
import { merge } from './harness/people.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';
import { makeCertificates } from './servers/docker-certificates.ts';
import { imageCacheDir, startDocker } from './servers/docker.ts';

// @rooms workspace/provisioners/docker workspace/provisioners/exec-place

const secondProcess = join(import.meta.dirname, '..', 'workspace', 'testing', 'attach.ts');
const docker = await startDocker();
// What a test looks at itself, it sees from the daemon's own machine.
const here = docker.daemon.docker;

afterAll(() => docker.close());

/** A provisioner with a state folder of its own, whose daemon is reached by TCP; `close` destroys what is left. */
function remoteForTest(door: TestDoor, host: string = docker.remote.host) {
  const folder = mkdtempSync(join(tmpdir(), 'af-remote-'));
  const settings = {
    workspacesDir: join(folder, 'workspaces'),
    cacheDir: join(folder, 'cache'),
    runsDir: dirname(door.repository),
    doorSocket: door.socketPath,
  };
  const logger = createLogger('test', { silent: true });
  const daemon = openDaemon({ ...docker.remote, host });
  const provisioner = createDockerProvisioner({ ...settings, daemon, imageCacheDir, image: undefined, cpus: 2, logger });
  const installation = installationIn(settings.workspacesDir);
  const containerOf = async (id: string) => {
    const [found] = await here.listContainers({ all: true, filters: containersOf(installation, id) });
    return here.getContainer(found?.Id ?? '');
  };
  return {
    ...{ provisioner, folder, settings, installation, containerOf },
    async close() {
      for (const id of await provisioner.list()) await provisioner.destroy(id);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeEscapes('docker elsewhere', (door) => ({
  ...remoteForTest(door),
  sockets: ['/var/run/docker.sock', '/run/docker.sock', docker.daemon.address],
}));

describeProvisioner(
  'docker elsewhere',
  (door) => {
    const { provisioner, settings, containerOf, close } = remoteForTest(door);
    return {
      provisioner,
      settings: { ...settings, docker: { ...docker.remote, imageCacheDir } },
      async shortenEvents(id) {
        const cut = await (await containerOf(id)).exec({ Cmd: ['truncate', '-s', '10', '/run/astraforge/events.jsonl'] });
        await cut.start({});
      },
      async killPlace(id) {
        await (await containerOf(id)).kill();
      },
      bringsObjects: true,
      close,
    };
  },
  secondProcess,
);

describeServices('docker elsewhere', async (door) => {
  const { provisioner, settings, installation, folder } = remoteForTest(door);
  // Makes the image that the others are built on, where the daemon lacks it.
  expect(await provisioner.probe()).toMatchObject({ usable: true });
  const hostServer = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => hostServer.listen(0, resolve));
  const address = hostServer.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
  const logger = createLogger('test', { silent: true });
  const common = { ...settings, imageCacheDir, image: undefined, cpus: 1, logger };
  return {
    open: () => createDockerProvisioner({ ...common, daemon: openDaemon(docker.remote) }),
    images: await makeServiceImages(here, '1000:1000'),
    targets: [...own.map((entry) => `${entry.address}:${port}`), docker.remote.host.replace('tcp://', ''), '1.1.1.1:443'],
    networks: [],
    async places() {
      const found = await here.listContainers({ all: true, filters: ownedBy(installation) });
      return found.map(({ Id }) => Id).sort();
    },
    close() {
      hostServer.close();
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
});

describe('a daemon of another machine', () => {
  it('shares no folder with this one, finds services by their names, and keeps nothing of what is destroyed', async () => {
    const door = await startTestDoor();
    const { provisioner, installation, containerOf, close } = remoteForTest(door);
    const { teller } = await makeServiceImages(here, '1000:1000');
    const volumes = async () => (await here.listVolumes()).Volumes.map(({ Name }) => Name).sort();
    const before = await volumes();
    const job = testJob(door.commit({}), { workspaceId: 'mounts', executor: { name: 'none' } });
    const services = ['one', 'other'].map((name, at) => ({
      ...{ name, image: teller, port: 7001 + at },
      env: { GREETING: '', TARGETS: '127.0.0.1:1', ALSO: String(7001 + at) },
    }));

    await provisioner.create({ job, runToken: door.runToken, services: services.slice(0, 1) });
    const found = await here.listContainers({ all: true, filters: containersOf(installation, 'mounts') });
    const made = await Promise.all(found.map(({ Id }) => here.getContainer(Id).inspect()));
    const asked = await (await containerOf('mounts')).exec({ Cmd: ['getent', 'hosts', 'one'], AttachStdout: true });
    const said = await asked.start({});
    const names: Buffer[] = [];
    for await (const chunk of said) names.push(chunk as Buffer);
    const during = await volumes();
    const labelled = (await here.listVolumes({ filters: ownedBy(installation) })).Volumes;
    await provisioner.destroy('mounts');

    expect(made.map(({ Name }) => Name.replace(/^.*-mounts/, '')).sort()).toEqual(['', '.service.one']);
    expect(made.flatMap(({ Mounts }) => Mounts.map(({ Type }) => Type))).toEqual(['volume', 'volume', 'volume']);
    expect(made.map(({ HostConfig }) => HostConfig.Binds ?? [])).toEqual([[], []]);
    expect(Buffer.concat(names).toString()).toContain('127.0.0.1');
    expect(during.length).toBe(before.length + 3);
    expect(labelled.length).toBe(3);
    expect(await volumes()).toEqual(before);
    await close();
    await door.close();
  });

  it('starts a workspace for one process at a time, and what one makes is not ended by another', async () => {
    const door = await startTestDoor();
    const { provisioner, settings, close } = remoteForTest(door);
    const logger = createLogger('test', { silent: true });
    const daemon = openDaemon(docker.remote);
    const other = createDockerProvisioner({ ...settings, daemon, imageCacheDir, image: undefined, cpus: 2, logger });
    const { teller } = await makeServiceImages(here, '1000:1000');
    const service = { name: 'one', image: teller, port: 7000, env: { GREETING: '', TARGETS: '127.0.0.1:1' } };
    const job = testJob(door.commit({}), { workspaceId: 'contested', executor: { name: 'none' } });
    const spec = { job, runToken: door.runToken, services: [service] };
    const { promise: serviceBegins, resolve } = Promise.withResolvers<void>();

    const making = provisioner.create(spec, ({ type, data }) => type === 'preparation.started' && data.step === 'service' && resolve());
    await Promise.race([serviceBegins, making]);
    await expect(other.create(spec)).rejects.toMatchObject({ kind: 'transient', code: 'workspace-busy' });
    const made = await making;

    expect(await made.state()).toMatchObject({ status: 'running' });
    expect(await (await other.create(spec)).state()).toMatchObject({ status: 'running' });
    await close();
    await door.close();
  });

  it('lets nobody in without a certificate of its authority, and shows one itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'af-strangers-'));
    const strangers = makeCertificates(folder).client;
    const { host } = docker.remote;
    const port = host.split(':').at(-1) ?? '';

    await expect(requireAnswer(openDaemon(docker.remote))).resolves.toBeUndefined();
    await expect(requireAnswer(openDaemon({ host }))).rejects.toMatchObject({ code: 'docker-certificate' });
    await expect(requireAnswer(openDaemon({ host, certPath: strangers }))).rejects.toMatchObject({
      code: 'docker-certificate',
      message: expect.stringContaining('ca.pem does not vouch for'),
    });
    await expect(requireAnswer(openDaemon({ ...docker.remote, host: `tcp://localhost:${port}` }))).rejects.toMatchObject({
      code: 'docker-certificate',
      message: expect.stringContaining('correct DOCKER_HOST'),
    });
    cpSync(join(docker.remote.certPath, 'ca.pem'), join(strangers, 'ca.pem'));
    const renewed = openDaemon({ host, certPath: strangers });
    for (const name of ['cert.pem', 'key.pem']) cpSync(join(docker.remote.certPath, name), join(strangers, name));
    await expect(requireAnswer(renewed)).rejects.toMatchObject({
      code: 'docker-certificate',
      kind: 'transient',
      message: expect.stringContaining('does not take our certificate'),
    });
    await expect(requireAnswer(renewed)).resolves.toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it('loses no event and no agent when all connections to it break in the middle of a turn', async () => {
    const door = await startTestDoor();
    const way = await startCuttableWay(Number(docker.remote.host.split(':').at(-1)));
    const { provisioner, close } = remoteForTest(door, `tcp://${way.address}`);
    const command =
      'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.7; done; git ls-remote http://127.0.0.1:8787/git/run.git HEAD | cut -f 2';
    const job = testJob(door.commit({}), { workspaceId: 'cut', executor: { name: 'command', command } });
    const workspace = await provisioner.create({ job, runToken: door.runToken });
    await workspace.deliver(testTurn('m1', 'x'));
    const watched = watchTurn(workspace, undefined, 120_000);
    await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');

    const cut = way.cut();

    const { seen, end } = await watched;
    expect(cut).toBeGreaterThanOrEqual(2);
    expect(end).toMatchObject({ status: 'completed', error: null });
    expect(textOf(seen, 'agent.delta')).toBe('1\n2\n3\n4\n5\n6\n7\n8\nHEAD\n');
    await close();
    await way.close();
    await door.close();
  });

  it('tells the last events of a place that ended before they were read', async () => {
    const door = await startTestDoor();
    const { provisioner, containerOf, close } = remoteForTest(door);
    const job = testJob(door.commit({}), { workspaceId: 'rest', executor: { name: 'command', command: 'echo last-words; sleep 600' } });
    const workspace = await provisioner.create({ job, runToken: door.runToken });
    await workspace.deliver(testTurn('m1', 'x'));
    const whole = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');
    const turnStartedAt = whole.events.findIndex(({ type }) => type === 'turn.started');
    await (await containerOf('rest')).kill();

    const adopted = await provisioner.adopt('rest');
    const lines: string[] = [];
    for await (const batch of adopted?.tail(0, new AbortController().signal) ?? []) lines.push(...batch.lines);

    expect(turnStartedAt).toBeGreaterThan(0);
    expect(lines.slice(0, whole.events.length)).toEqual(whole.events.map((event) => JSON.stringify(event)));
    await close();
    await door.close();
  });

  it('begins without the objects of its run where they do not come whole, and fetches them', async () => {
    const door = await startTestDoor();
    const { provisioner, installation, close } = remoteForTest(door);
    const commit = door.commit({ 'a.txt': 'whole' });
    // It has the name of an object and cannot be read as one.
    mkdirSync(join(door.repository, 'objects', 'ab', 'c'.repeat(38)), { recursive: true });
    const executor = { name: 'command' as const, command: 'cat a.txt' };

    const workspace = await provisioner.create({
      job: testJob(commit, { workspaceId: 'broken', runId: 'run', executor }),
      runToken: door.runToken,
    });
    await workspace.deliver(testTurn('m1', 'x'));
    const { seen } = await watchTurn(workspace);
    const made = await here.listContainers({ all: true, filters: containersOf(installation, 'broken') });

    expect(textOf(seen, 'agent.delta')).toBe('whole');
    expect(made.flatMap(({ Names }) => Names)).toEqual([`/${containerName(installation, 'broken')}`]);
    await close();
    await door.close();
  });
});

describe('an AstraForge whose daemon is elsewhere', () => {
  it('brings a request to its merge, also when its host is killed, and leaves nothing there', async () => {
    const system = await TestSystem.open({
      ...{ PROVISIONER: 'docker', DOCKER_HOST: docker.remote.host, DOCKER_CERT_PATH: docker.remote.certPath },
      // An agent that does what it is told, to the letter: the prompt is its program.
      EXECUTOR_COMMAND: 'exec sh',
    });
    const checks = [{ name: 'made', command: 'test "$(cat made.txt)" = made' }];
    const project = await system.project({ 'README.md': '# sample\n' }, { review: false, checks });
    const program = 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo line-$i; sleep 0.3; done; echo made > made.txt; exit 0';
    const requestId = await system.submit(project.projectId, program, { executor: 'command' });
    await system.event(requestId, 'agent.delta');

    system.kill('laptop');

    const { checks: checked } = await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    const text = events.flatMap((event) => (event.type === 'agent.delta' ? [event.data.text] : [])).join('');
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED', 'REVIEWED');
    await merge(system, requestId, mergeRequest?.commit ?? '');
    await system.reach(requestId, 'DONE');

    assertDense(events);
    expect(text.trim().split('\n')).toEqual(Array.from({ length: 20 }, (_, index) => `line-${index + 1}`));
    expect(checked).toMatchObject([{ name: 'made', status: 'passed' }]);
    expect(await git(project.repositoryUrl, 'show', 'main:made.txt')).toBe('made');
    const installation = installationIn(join(statePaths(system.stateDir).host('local'), 'containers'));
    await system.close();
    expect(await here.listContainers({ all: true, filters: ownedBy(installation) })).toEqual([]);
  });
});
