import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programCache } from '../../config/paths.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { openDaemon, requireAnswer } from '../../workspace/provisioners/docker/client.ts';
import type { DockerDaemon } from '../../workspace/provisioners/docker/client.ts';
import { identify, killExactly, type ProcessIdentity } from '../../workspace/provisioners/local/processes.ts';
import { makeCertificates } from './docker-certificates.ts';

/** Where this user's images are kept on their way. */
export const imageCacheDir = join(programCache(), 'image');
/** Where a daemon keeps what is its own. */
interface Home {
  /** Short, for its sockets. */
  folder: string;
  dataRoot: string;
}

const folder = join(tmpdir(), `astraforge-test-docker-${userInfo().uid}`);
/** Images outlive a run: they are what takes long. */
const shared: Home = { folder, dataRoot: join(programCache(), 'test-docker') };
const preparingFile = join(folder, 'preparing.pid');
const startMs = 90_000;
const stopMs = 60_000;
const prepareMs = 15 * 60_000;

/** A Docker daemon of the tests' own: another data root, socket and pid file than the machine's, and no network at all. */
export interface DockerServer {
  daemon: DockerDaemon;
  /** For DOCKER_HOST. */
  host: string;
  /** The same daemon by TCP and mutual TLS, as one of another machine: DOCKER_HOST and DOCKER_CERT_PATH. */
  remote: { host: string; certPath: string };
  /** Ends it with all of its containers, and starts it again. */
  restart(): Promise<void>;
  /** Ends it, unless somebody else had started it. */
  close(): Promise<void>;
}

/** Starts the daemon, or takes the one that runs. Throws with the end of its log when it does not answer: never skip. */
export async function startDocker(): Promise<DockerServer> {
  await waitWhilePreparing();
  const daemon = daemonOf(shared);
  const { access: remote, options } = await tlsOf(shared);
  const host = `unix://${daemon.address}`;
  const restart = async () => {
    await stopDocker();
    await launch(daemon, shared, options);
  };
  const server = { daemon, host, remote, restart };
  const answersHere = await daemonAnswers(daemon);
  if (answersHere && (await daemonAnswers(openDaemon(remote)))) return { ...server, close: () => Promise.resolve() };
  // One that listens on its socket alone.
  if (answersHere) await stopDocker();
  await launch(daemon, shared, options);
  // What a run that was killed left in it.
  for (const { Id } of await daemon.docker.listContainers({ all: true }))
    await daemon.docker.getContainer(Id).remove({ force: true, v: true });
  return { ...server, close: stopDocker };
}

/**
 * Starts a daemon that has no image, and asks the registry at `mirror` (`127.0.0.1:port`) for those of Docker's own. `close` ends it with
 * all that it has.
 */
export async function startMirroredDocker(mirror: string): Promise<Pick<DockerServer, 'daemon' | 'close'>> {
  const root = mkdtempSync(join(tmpdir(), 'af-mirrored-'));
  const home: Home = { folder: join(root, 'run'), dataRoot: join(root, 'data') };
  const daemon = daemonOf(home);
  const close = async () => {
    await stop(home);
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await launch(daemon, home, ['--registry-mirror', `http://${mirror}`]);
    return { daemon, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ends the daemon, whoever started it. */
export async function stopDocker(): Promise<void> {
  await stop(shared);
}

async function stop(home: Home): Promise<void> {
  const found = identify(Number(existsSync(pidFile(home)) ? readFileSync(pidFile(home), 'utf8') : 0));
  if (found) await end(found);
}

/** Lets those who start the daemon meanwhile wait until `work` is done. */
export async function whilePreparing<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(preparingFile, String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(preparingFile, { force: true });
  }
}

async function waitWhilePreparing(): Promise<void> {
  const deadline = Date.now() + prepareMs;
  for (;;) {
    const pid = Number(existsSync(preparingFile) ? readFileSync(preparingFile, 'utf8') : 0);
    if (pid === process.pid || !identify(pid) || Date.now() > deadline) return;
    await sleep(500);
  }
}

function daemonOf(home: Home): DockerDaemon {
  return openDaemon({ host: `unix://${join(home.folder, 'docker.sock')}` });
}

function pidFile(home: Home): string {
  return join(home.folder, 'docker.pid');
}

/** How the daemon listens for others, on a port that stays the same. */
async function tlsOf(home: Home): Promise<{ access: DockerServer['remote']; options: string[] }> {
  const certificates = makeCertificates(join(home.folder, 'tls'));
  const portFile = join(certificates.folder, 'port');
  if (!existsSync(portFile)) writeFileSync(portFile, String(await freePort()));
  const host = `tcp://127.0.0.1:${readFileSync(portFile, 'utf8')}`;
  const file = (name: string): string => join(certificates.folder, name);
  return {
    access: { host, certPath: certificates.client },
    options: [
      ...['--host', host, '--tlsverify', '--tlscacert', file('ca.pem')],
      ...['--tlscert', file('server.pem'), '--tlskey', file('server-key.pem')],
    ],
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port is free');
  return address.port;
}

/** Starts the daemon and waits until it answers. */
async function launch(daemon: DockerDaemon, home: Home, more: readonly string[] = []): Promise<void> {
  const logFile = join(home.folder, 'dockerd.log');
  for (const own of [home.folder, home.dataRoot]) mkdirSync(own, { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(
    'dockerd',
    [
      ...[
        '--data-root',
        home.dataRoot,
        '--exec-root',
        join(home.folder, 'exec'),
        '--pidfile',
        pidFile(home),
        '--host',
        `unix://${daemon.address}`,
      ],
      // Nothing of this machine's network is touched.
      ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false', ...more],
    ],
    { detached: true, stdio: ['ignore', log, log], cwd: '/' },
  );
  closeSync(log);
  child.once('error', (error) => writeFileSync(logFile, `${messageOf(error)}\n`, { flag: 'a' }));
  child.unref();
  const deadline = Date.now() + startMs;
  while (!(await daemonAnswers(daemon))) {
    if (!identify(child.pid ?? 0) || Date.now() > deadline) throw new Error(`dockerd does not answer: ${endOf(logFile)}`);
    await sleep(200);
  }
}

async function end(target: ProcessIdentity): Promise<void> {
  if (identify(target.pid)?.startTicks === target.startTicks) process.kill(target.pid, 'SIGTERM');
  const deadline = Date.now() + stopMs;
  while (identify(target.pid)?.startTicks === target.startTicks) {
    if (Date.now() > deadline) return killExactly(target);
    await sleep(100);
  }
}

function daemonAnswers(daemon: DockerDaemon): Promise<boolean> {
  return requireAnswer(daemon).then(
    () => true,
    () => false,
  );
}

function endOf(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-1500) : 'it has no log';
}
