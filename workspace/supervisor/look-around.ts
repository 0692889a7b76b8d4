import { execFile, spawn } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { nestedArguments } from './agent-sandbox.ts';
import type { Place } from './place.ts';

const run = promisify(execFile);
const attemptMs = 1_500;

/** What a supervisor finds around it: facts, no judgement. */
export const Surroundings = z.object({
  uid: z.number(),
  /** Hex masks of /proc/self/status. */
  effectiveCapabilities: z.string(),
  boundingCapabilities: z.string(),
  noNewPrivileges: z.boolean(),
  /** 2: a filter holds. */
  seccomp: z.number(),
  /** Network interfaces but loopback. */
  interfaces: z.array(z.string()),
  /** Addresses of the question that answered. */
  reached: z.array(z.string()),
  /** Folders of the question that can be written in. */
  writable: z.array(z.string()),
  /** Paths of the question that exist. */
  present: z.array(z.string()),
  doorAnswers: z.boolean(),
  /** Versions; null: not there. */
  programs: z.object({ git: z.string().nullable(), codex: z.string().nullable() }),
  /** Why the agent's own sandbox does not start; null: it does. */
  nestedProblem: z.string().nullable(),
  memoryEventsFile: z.string().nullable(),
  pidsEventsFile: z.string().nullable(),
});
export type Surroundings = z.infer<typeof Surroundings>;

/** What to try. */
export const LookQuestion = z.object({
  /** `host:port` each. */
  reach: z.array(z.string()),
  write: z.array(z.string()),
  exist: z.array(z.string()),
});
export type LookQuestion = z.infer<typeof LookQuestion>;

const memoryFiles = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'];
const pidsFiles = ['/sys/fs/cgroup/pids.events', '/sys/fs/cgroup/pids/pids.events'];

/** Tries everything at once, from where a supervisor stands. Never throws for what it finds. */
export async function lookAround(place: Place, question: LookQuestion): Promise<Surroundings> {
  const status = await readFile('/proc/self/status', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const [reached, writable, present, doorAnswers, git, codex, nestedProblem, memoryEventsFile, pidsEventsFile] = await Promise.all([
    holding(question.reach, reaches),
    holding(question.write, (path) => permits(path, constants.W_OK)),
    holding(question.exist, (path) => permits(path, constants.F_OK)),
    connects({ path: place.doorSocket }),
    version('git', place.path),
    place.codexPath === null ? null : version(place.codexPath, place.path),
    tryNested(place),
    holding(memoryFiles, hasCounter('oom_kill')).then(([file]) => file ?? null),
    holding(pidsFiles, hasCounter('max')).then(([file]) => file ?? null),
  ]);
  return {
    uid: process.getuid?.() ?? -1,
    effectiveCapabilities: field('CapEff'),
    boundingCapabilities: field('CapBnd'),
    noNewPrivileges: field('NoNewPrivs') === '1',
    seccomp: Number(field('Seccomp')),
    interfaces: await interfaces(),
    ...{ reached, writable, present, doorAnswers },
    programs: { git, codex },
    ...{ nestedProblem, memoryEventsFile, pidsEventsFile },
  };
}

async function holding(candidates: readonly string[], holds: (candidate: string) => Promise<boolean>): Promise<string[]> {
  const answers = await Promise.all(candidates.map(holds));
  return candidates.filter((_, at) => answers[at]);
}

function reaches(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  return connects({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
}

function connects(target: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(attemptMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function permits(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function hasCounter(name: string): (path: string) => Promise<boolean> {
  return (path) =>
    readFile(path, 'utf8').then(
      (text) => new RegExp(`^${name} \\d+$`, 'm').test(text),
      () => false,
    );
}

function version(program: string, path: string): Promise<string | null> {
  return run(program, ['--version'], { timeout: 20_000, env: { PATH: path, HOME: '/tmp' } }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

async function interfaces(): Promise<string[]> {
  const lines = (await readFile('/proc/net/dev', 'utf8')).split('\n').slice(2);
  return lines.map((line) => line.split(':')[0]?.trim() ?? '').filter((name) => name !== '' && name !== 'lo');
}

/** Starts the agent's sandbox with a program that looks whether it is alone in there. */
async function tryNested(place: Place): Promise<string | null> {
  if (!place.sandbox) return null;
  const args = [...nestedArguments(place, { readOnlyCheckout: true }), '/bin/sh', '-c', 'test "$$" -lt 5'];
  const child = spawn(place.sandbox.bwrapPath, args, { cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(0, 300);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (code) => resolve(code === 0 ? null : said.trim() || `exit code ${code ?? 'none'}`));
  });
}
