import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDaemon, requireAnswer } from '../../workspace/provisioners/docker/client.ts';
import type { DockerServer } from './docker.ts';

const startMs = 120_000;
/** A user who exists for the daemon alone, as the machine's own files of users do not. */
const user = { name: 'astraforge-rootless', id: 47_321 };
const files = ['passwd', 'subuid', 'subgid'] as const;

/** A Docker daemon without root, and the user whose it is. */
export interface RootlessDocker {
  /** For DOCKER_HOST. */
  host: string;
  /** A folder of that user's own. */
  home: string;
  /** The command line that runs another one as that user, who may read the files of this repository wherever it lies. */
  asUser(argv: readonly string[]): string[];
  close(): Promise<void>;
}

/**
 * Starts a rootless daemon by RootlessKit, with an image of another daemon. Needs root, for the user; the machine's users stay as they are.
 * Throws with the end of its log when it does not answer: never skip.
 */
export async function startRootlessDocker(from: DockerServer, image: string): Promise<RootlessDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'af-rl-'));
  const home = join(folder, 'home');
  const runtime = join(folder, 'run');
  await chown(folder, user.id, user.id);
  for (const path of [home, runtime]) {
    await mkdir(path, { mode: 0o700 });
    await chown(path, user.id, user.id);
  }
  await writeUsers(folder, home);
  const socket = join(runtime, 'docker.sock');
  const log: string[] = [];
  const environment = [
    `HOME=${home}`,
    `XDG_RUNTIME_DIR=${runtime}`,
    `TMPDIR=${home}`,
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'LC_ALL=C.UTF-8',
  ];
  // The daemon's own folders in /run are its user's, as RootlessKit makes them.
  const inside = 'rm -f /run/docker /run/containerd /run/xtables.lock; exec dockerd --rootless "$@"';
  const daemonArguments = [
    ...['--data-root', join(folder, 'data'), '--host', `unix://${socket}`],
    ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
  ];
  const kit = ['rootlesskit', '--net=host', '--copy-up=/etc', '--copy-up=/run', 'sh', '-c', inside, 'sh', ...daemonArguments];
  const [command = '', ...args] = withUsers(folder, [], ['env', '-i', ...environment, ...kit]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => log.push(text.toString('utf8')));
  child.once('error', (error) => log.push(error.message));
  const close = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const daemon = openDaemon({ host: `unix://${socket}` });
    const deadline = Date.now() + startMs;
    while (!(await answers(daemon))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`rootless dockerd does not answer: ${log.join('').slice(-2_000)}`);
      await sleep(200);
    }
    const loaded = await daemon.docker.loadImage(await from.daemon.docker.getImage(image).get());
    await new Promise((resolve, reject) => daemon.docker.modem.followProgress(loaded, (error) => (error ? reject(error) : resolve(null))));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host: `unix://${socket}`,
    home,
    asUser: (argv) => {
      const reader = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
      return withUsers(folder, reader, ['env', '-i', ...environment, ...argv]);
    },
    close,
  };
}

/** Files of users with one more, and with the ids that are that one's to give away. */
async function writeUsers(folder: string, home: string): Promise<void> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  await writeFile(join(folder, 'passwd'), `${passwd.trimEnd()}\n${user.name}:x:${user.id}:${user.id}::${home}:/bin/sh\n`);
  for (const file of ['subuid', 'subgid']) await writeFile(join(folder, file), `${user.name}:1000000:65536\n`);
}

/** The command line that runs `argv` as that user, who is known to it alone. */
function withUsers(folder: string, options: readonly string[], argv: readonly string[]): string[] {
  const mounts = files.map((file) => `touch /etc/${file}; mount --bind "$1/${file}" /etc/${file}`);
  const script = `set -e; ${mounts.join('; ')}; shift; exec "$@"`;
  const become = ['setpriv', `--reuid=${user.id}`, `--regid=${user.id}`, '--clear-groups', ...options];
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', folder, ...become, ...argv];
}

function answers(daemon: ReturnType<typeof openDaemon>): Promise<boolean> {
  return requireAnswer(daemon).then(
    () => true,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}
