import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';
import { programCache } from '../../../config/paths.ts';
import { identify } from '../../../workspace/provisioners/local/processes.ts';

/** The version whose programs are built. */
const version = '1.34.4';
/** A compiler for machines whose own is too old; it comes as a module too. */
const compilerVersion = '1.26.8';
const oldestCompiler = 24;
/** A machine of two busy processors needs a good part of it. */
const buildMs = 40 * 60_000;
const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'] as const;

/** The first program of every Pod, which holds its namespaces. */
export const pause = 'pause';
const pauseSource = `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
}
`;

const cacheDir = join(programCache(), 'kubernetes', version);
const Downloaded = z.object({ Dir: z.string() });

/** Where the program is, once `buildPrograms` is done. */
export function programPath(name: string): string {
  return join(cacheDir, 'bin', name);
}

/** True when every program is there. */
function programsAreBuilt(): boolean {
  return [...programs, pause].every((name) => existsSync(programPath(name)));
}

/** Builds the cluster's programs out of Go modules into this user's cache: ten minutes of two processors when nothing is cached. */
export async function buildPrograms(say: (line: string) => void): Promise<void> {
  if (programsAreBuilt()) return;
  const release = await takeLock(say);
  try {
    if (!programsAreBuilt()) await build(say);
  } finally {
    release();
  }
}

/** One build at a time: the lock is a file with the id of the process that holds it. */
async function takeLock(say: (line: string) => void): Promise<() => void> {
  mkdirSync(cacheDir, { recursive: true });
  const lock = join(cacheDir, 'build.pid');
  const deadline = Date.now() + buildMs;
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readLock(lock);
    if (holder !== '' && !identify(Number(holder))) rmSync(lock, { force: true });
    else if (Date.now() > deadline) throw new Error(`process ${holder} has not built Kubernetes within ${buildMs / 60_000} minutes`);
    if (!told) say(`process ${holder} builds`);
    await sleep(500);
  }
}

/** Empty when it is gone meanwhile, or just being written: the next round knows. */
function readLock(lock: string): string {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

async function build(say: (line: string) => void): Promise<void> {
  const work = join(cacheDir, `work-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    const go = await findCompiler(work, say);
    const source = join(work, 'kubernetes');
    say(`source of Kubernetes ${version}`);
    await cp(await downloadModule(go, work, `k8s.io/kubernetes@v${version}`), source, { recursive: true });
    await run('chmod', ['-R', 'u+w', source], work);
    // The module's archive names its siblings by folders that it does not carry.
    for (const name of ['vendor', 'go.work', 'go.work.sum']) await rm(join(source, name), { recursive: true, force: true });
    const siblings = (await readFile(join(source, 'go.mod'), 'utf8')).matchAll(/^\s*(k8s\.io\/[a-z-]*) => \.\/staging/gm);
    const replaced = [...siblings].map(([, name]) => `-replace=${name}=${name}@v0.${version.slice(2)}`);
    await run(go, ['mod', 'edit', ...replaced], source);
    say('building');
    const output = join(work, 'bin');
    await mkdir(output);
    const commands = programs.map((name) => `./cmd/${name}`);
    await run(go, ['build', '-trimpath', '-ldflags', linkerFlags(), '-o', `${output}/`, ...commands], source);
    await mkdir(join(cacheDir, 'bin'), { recursive: true });
    await buildPause(go, work, join(output, pause));
    for (const name of [...programs, pause]) await rename(join(output, name), programPath(name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Without these the programs call themselves v0.0.0, and clients misjudge what they can do. */
function linkerFlags(): string {
  const [major, minor] = version.split('.');
  const facts = [`gitVersion=v${version}`, `gitMajor=${major}`, `gitMinor=${minor}`, 'gitCommit=local'];
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return ['-s', '-w', ...packages.flatMap((name) => facts.map((fact) => `-X ${name}.${fact}`))].join(' ');
}

async function buildPause(go: string, work: string, output: string): Promise<void> {
  const folder = join(work, 'pause');
  await mkdir(folder);
  await writeFile(join(folder, 'go.mod'), 'module pause\n\ngo 1.18\n');
  await writeFile(join(folder, 'main.go'), pauseSource);
  await run(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', output, '.'], folder);
}

/** The machine's compiler when it is new enough, else a newer one that it fetches as a module. */
async function findCompiler(work: string, say: (line: string) => void): Promise<string> {
  const { stdout } = await execa('go', ['env', 'GOVERSION'], { cwd: work, env: { GOTOOLCHAIN: 'local' } });
  const minor = Number(/^go1\.(\d+)/.exec(stdout)?.[1] ?? 0);
  if (minor >= oldestCompiler) return 'go';
  say(`${stdout} is too old: fetching ${compilerVersion}`);
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const folder = await downloadModule('go', work, `golang.org/toolchain@v0.0.1-go${compilerVersion}.linux-${arch}`);
  // Modules carry no executable bits; the cache is read-only.
  const tools = join(folder, 'pkg', 'tool', `linux_${arch}`);
  await run('chmod', ['-R', 'u+w', folder], work);
  for (const place of [join(folder, 'bin'), tools]) for (const name of await readdir(place)) await chmod(join(place, name), 0o755);
  return join(folder, 'bin', 'go');
}

async function downloadModule(go: string, work: string, module: string): Promise<string> {
  const { stdout } = await run(go, ['mod', 'download', '-json', module], work);
  return Downloaded.parse(JSON.parse(stdout)).Dir;
}

function run(file: string, args: string[], cwd: string) {
  const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local' };
  return execa(file, args, { cwd, env, maxBuffer: 64 * 1024 ** 2 });
}
