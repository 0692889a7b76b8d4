import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { programCache } from '../../../config/paths.ts';
import { findCodex } from '../../../workspace/executors/codex/binary.ts';
import { ensureImage } from '../../../workspace/image/ensure.ts';
import { imageCacheDir, startDocker } from '../docker.ts';
import { archiveImage, archiveProgram } from './archive.ts';
import { buildPrograms, pause, programPath } from './build.ts';

/** Short, for its sockets. */
const folder = join(tmpdir(), `af-k8s-${userInfo().uid}`);
const script = join(import.meta.dirname, 'cluster.sh');
const archives = join(programCache(), 'kubernetes', 'images');
const pauseReference = 'pause.local/pause:1';
const startMs = 10 * 60_000;

/** A cluster of the tests' own, with one real node. */
export interface KubernetesServer {
  /** Of the cluster's administrator. */
  kubeconfig: string;
  /** The workspace image, as the node has it. */
  image: string;
  /** Gives the node the images of an archive. */
  importImages(archive: string): Promise<void>;
  /** Kills a container of the node with SIGKILL, by its id. */
  killContainer(containerId: string): Promise<void>;
  /** Stops the node's kubelet with SIGSTOP: the node is silent, and its Pods live on. */
  freezeNode(): void;
  /** Lets the node's kubelet go on. */
  thawNode(): void;
  /** Kills its API server with SIGKILL; nodes and Pods live on. */
  killApiServer(): Promise<void>;
  /** Starts its API server again, unless it answers, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends it, unless somebody else had started it. */
  close(): Promise<void>;
}

/** Starts the cluster, or takes the one that runs; builds what is missing. Throws with the ends of its logs when it does not start: never skip. */
export async function startKubernetes(say: (line: string) => void = () => undefined): Promise<KubernetesServer> {
  await buildPrograms(say);
  const kubeconfig = join(folder, 'admin.kubeconfig');
  const image = await imageArchive(say);
  const runs = await answers();
  // A run that was killed may have left it stopped.
  if (runs) signalKubelet('SIGCONT');
  if (!runs) {
    say('starting');
    await cluster('down', []);
    await cluster('up', [await pauseArchive(), image.archive]);
    startPolicies(kubeconfig);
  }
  return {
    kubeconfig,
    image: `docker.io/${image.reference}`,
    importImages: (archive) => ctr(['images', 'import', archive]),
    killContainer: (containerId) => ctr(['tasks', 'kill', '-s', 'SIGKILL', containerId]),
    freezeNode: () => signalKubelet('SIGSTOP'),
    thawNode: () => signalKubelet('SIGCONT'),
    killApiServer: () => cluster('kill-apiserver', []),
    startApiServer: () => cluster('start-apiserver', []),
    close: runs ? () => Promise.resolve() : stopKubernetes,
  };
}

/** Ends the cluster with all of its Pods, whoever started it. */
export async function stopKubernetes(): Promise<void> {
  await cluster('down', []);
}

async function ctr(args: string[]): Promise<void> {
  await execa('ctr', ['-a', join(folder, 'containerd.sock'), '-n', 'k8s.io', ...args]);
}

function signalKubelet(signal: 'SIGSTOP' | 'SIGCONT'): void {
  const pid = Number(readFileSync(join(folder, 'run', 'kubelet.pid'), 'utf8'));
  if (!(pid > 0)) throw new Error('run/kubelet.pid names no process; start the cluster again');
  process.kill(pid, signal);
}

async function answers(): Promise<boolean> {
  if (!existsSync(join(folder, 'run', 'netpol.pid'))) return false;
  const pki = join(folder, 'pki');
  const files = ['--cacert', join(pki, 'ca.crt'), '--cert', join(pki, 'admin.crt'), '--key', join(pki, 'admin.key')];
  const asked = await execa('curl', ['-fsS', '-m', '5', ...files, 'https://10.254.0.2:6443/readyz'], { reject: false });
  return !asked.failed;
}

async function cluster(command: 'up' | 'down' | 'kill-apiserver' | 'start-apiserver', images: string[]): Promise<void> {
  const env = { K: folder, BIN: join(programPath(pause), '..'), IMAGES: images.join(' ') };
  // What it starts goes on, and holds none of our streams: each has its log.
  const run = await execa('bash', [script, command], { env, stdin: 'ignore', all: true, reject: false, timeout: startMs });
  if (run.failed && command !== 'down') throw new Error(`the cluster does not ${command}: ${run.all.slice(-4000)}`);
}

function startPolicies(kubeconfig: string): void {
  const log = openSync(join(folder, 'log', 'netpol.log'), 'w', 0o600);
  const argv = [`--net=${join(folder, 'netns')}`, process.execPath, join(import.meta.dirname, 'netpol.ts'), kubeconfig];
  const child = spawn('nsenter', argv, { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  writeFileSync(join(folder, 'run', 'netpol.pid'), String(child.pid ?? ''));
}

async function pauseArchive(): Promise<string> {
  mkdirSync(archives, { recursive: true });
  const target = join(archives, 'pause.tar');
  rmSync(target, { force: true });
  await archiveProgram(programPath(pause), pauseReference, target);
  return target;
}

/** The image of Docker workspaces: one recipe for both. */
async function imageArchive(say: (line: string) => void): Promise<{ reference: string; archive: string }> {
  const { daemon, close } = await startDocker();
  try {
    const reference = await ensureImage({
      docker: daemon.docker,
      configured: undefined,
      cacheDir: imageCacheDir,
      nodePath: process.execPath,
      codex: findCodex(),
      onBegin: (step, name) => say(`${step} ${name}`),
      onStep: ({ step, ok, message }) => say(`${step}: ${ok ? 'done' : message}`),
    });
    mkdirSync(archives, { recursive: true });
    const archive = join(archives, `${reference.replaceAll(/[^a-z0-9.]+/g, '-')}.tar`);
    await archiveImage(daemon.docker, reference, archive);
    return { reference, archive };
  } finally {
    await close();
  }
}
