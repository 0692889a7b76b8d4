import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { spawn } from 'node:child_process';
import type { AgentSandbox } from '../agent-sandbox.ts';
import { killGroup } from '../../executors/kill-group.ts';
import type { AgentHistory } from './snapshot-plan.ts';
import type { Git } from './run-git.ts';

const timeoutMs = 120_000;
const maxPackBytes = 2 * 1024 ** 3;
const hash = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

export interface HistoryOptions {
  gitDir: string;
  checkoutCommit: string;
  maxFileBytes: number;
  /** Search path of git. */
  path: string;
}

/** Reads HEAD and the merge state of the agent's repository with git running in the agent's sandbox: its config may be hostile. */
async function readHead(sandbox: AgentSandbox): Promise<{ head: string | null; mergeHalfDone: boolean }> {
  const script = 'git rev-parse --verify -q HEAD^{commit}; git rev-parse --verify -q MERGE_HEAD';
  const child = sandbox.spawn(['/bin/sh', '-c', script], {
    readOnlyCheckout: true,
    env: { GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' },
  });
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), timeoutMs);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output.length < 4096) output += chunk.toString('utf8');
  });
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  child.stdin.end();
  await new Promise((resolve) => {
    child.on('error', resolve);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  const [head = '', merge = ''] = output.split('\n');
  return { head: hash.test(head) ? head : null, mergeHalfDone: hash.test(merge) };
}

/** Carries the objects `checkout..head` out of the sandbox as a pack; nothing of the agent's repository runs outside it. */
async function importCommits(sandbox: AgentSandbox, options: HistoryOptions, head: string): Promise<boolean> {
  const { gitDir, checkoutCommit } = options;
  const file = join(gitDir, 'agent.pack');
  const child = sandbox.spawn(['git', 'pack-objects', '--revs', '--stdout', '--quiet', '--delta-base-offset'], {
    readOnlyCheckout: true,
    env: { GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' },
  });
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), timeoutMs);
  let size = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxPackBytes) killGroup(child, 'SIGKILL');
  });
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${head}\n^${checkoutCommit}\n`);
  const exitCode = new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  const sink = createWriteStream(file);
  child.stdout.pipe(sink);
  await finished(sink);
  const ended = await exitCode;
  clearTimeout(timer);
  try {
    return ended === 0 && (await indexPack(gitDir, file, options.path));
  } finally {
    await rm(file, { force: true });
  }
}

/** Stores a pack after checking every object in it. */
async function indexPack(gitDir: string, file: string, searchPath: string): Promise<boolean> {
  const child = spawn('git', ['index-pack', '--stdin', '--strict', '--fix-thin'], {
    env: { PATH: searchPath, GIT_DIR: gitDir, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/nonexistent' },
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: timeoutMs,
  });
  child.stdin.on('error', () => undefined);
  createReadStream(file).pipe(child.stdin);
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

/** What the agent did to its own history since the checkout, with its commits brought into the supervisor's git dir. */
export async function readAgentHistory(git: Git, sandbox: AgentSandbox, options: HistoryOptions): Promise<AgentHistory> {
  const { checkoutCommit } = options;
  const { head, mergeHalfDone } = await readHead(sandbox);
  if (head === null || head === checkoutCommit) return { head, descends: head !== null, oversize: false, mergeHalfDone };
  const here = await git(['cat-file', '-e', `${head}^{commit}`], { quiet: true, exitCodes: [0, 1, 128] });
  if (here.exitCode !== 0 && !(await importCommits(sandbox, options, head))) {
    return { head: null, descends: false, oversize: false, mergeHalfDone };
  }
  const ancestor = await git(['merge-base', '--is-ancestor', checkoutCommit, head], { quiet: true, exitCodes: [0, 1, 128] });
  if (ancestor.exitCode !== 0) return { head, descends: false, oversize: false, mergeHalfDone };
  return { head, descends: true, oversize: await holdsOversize(git, `${checkoutCommit}..${head}`, options.maxFileBytes), mergeHalfDone };
}

async function holdsOversize(git: Git, range: string, maxFileBytes: number): Promise<boolean> {
  const listed = await git(['rev-list', '--objects', range], { quiet: true });
  const ids = listed.stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(' ', 1)[0] ?? '')
    .filter(Boolean);
  const sizes = await git(['cat-file', '--batch-check=%(objecttype) %(objectsize)'], { quiet: true, input: `${ids.join('\n')}\n` });
  return sizes.stdout
    .toString('utf8')
    .split('\n')
    .some((line) => line.startsWith('blob ') && Number(line.slice(5)) > maxFileBytes);
}
