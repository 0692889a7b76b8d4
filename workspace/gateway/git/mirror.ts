import { renameSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { exclusively, type LocksFolder } from './folder-lock.ts';
import { importFolder } from './import-folder.ts';
import { removeHalfPacks } from './left-files.ts';
import { projectDir } from './names.ts';
import { indexPacks } from './pack-index.ts';
import type { RepositoryKey, RepositorySource } from './port.ts';
import { isMirrorDamage, remoteFailure } from './remote-errors.ts';
import { isCode } from './run-git.ts';
import type { Git, GitScope } from './run-git.ts';
import { checkSource, originConfig } from './source.ts';

export interface MirrorDeps {
  git: Git;
  mirrorsDir: string;
  locksDir: LocksFolder;
  allowPaths: boolean;
  fetchTimeoutMs: number;
}

export interface Fetched {
  /** Nested repositories and the like that an imported folder leaves out. */
  warnings: string[];
}

/** The bare mirrors: one for each tenant and project, heads and tags only, never gc'ed; a cache that may be deleted at any time. */
export interface Mirrors {
  path(key: RepositoryKey): string;
  /** Makes sure that the repository exists (without fetching) and answers its path. */
  ensure(key: RepositoryKey): Promise<string>;
  /** Brings heads and tags up to date; calls that meet share one fetch. */
  fetch(key: RepositoryKey, source: RepositorySource, scope: GitScope): Promise<Fetched>;
  /** Asks the source for one commit by id: for a base that no branch holds any more. False when it does not give it. */
  fetchCommit(key: RepositoryKey, source: RepositorySource, commit: string): Promise<boolean>;
}

/** Makes the mirrors of a folder. */
export function createMirrors(deps: MirrorDeps): Mirrors {
  const running = new Map<string, Promise<Fetched>>();
  const indexing = new Set<string>();

  function path(key: RepositoryKey): string {
    return join(projectDir(deps.mirrorsDir, key), 'mirror.git');
  }

  async function ensure(key: RepositoryKey): Promise<string> {
    const gitDir = path(key);
    if (!(await looksBare(gitDir))) await alone(gitDir, () => ensureBare(deps.git, gitDir));
    return gitDir;
  }

  /** Of all processes the only one that makes, fetches or mends this mirror. */
  function alone<T>(gitDir: string, work: () => Promise<T>): Promise<T> {
    return exclusively(deps.locksDir, { kind: 'mirror', name: gitDir }, work);
  }

  function fetch(key: RepositoryKey, source: RepositorySource, scope: GitScope): Promise<Fetched> {
    const shareKey = JSON.stringify([path(key), source.kind, source.url]);
    const current = running.get(shareKey);
    if (current) return current;
    const started = alone(path(key), () => fetchOnce(deps, path(key), source, scope)).finally(() => running.delete(shareKey));
    started.then(() => index(path(key))).catch(() => undefined);
    running.set(shareKey, started);
    return started;
  }

  /** Beside what waits for the fetch. A mirror without its index serves as well, only later. */
  async function index(gitDir: string): Promise<void> {
    if (indexing.has(gitDir)) return;
    indexing.add(gitDir);
    await indexPacks(deps.git, gitDir).finally(() => indexing.delete(gitDir));
  }

  async function fetchCommit(key: RepositoryKey, source: RepositorySource, commit: string): Promise<boolean> {
    const checked = checkSource(source, deps.allowPaths);
    if (checked.kind === 'folder') return false;
    const gitDir = await ensure(key);
    const args = ['fetch', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', 'origin', commit];
    const { exitCode } = await deps.git(args, {
      gitDir,
      config: originConfig(checked.url),
      timeoutMs: deps.fetchTimeoutMs,
      exitCodes: 'any',
      scope: { tenantId: key.tenantId, projectId: key.projectId },
    });
    return exitCode === 0;
  }

  return { path, ensure, fetch, fetchCommit };
}

async function fetchOnce(deps: MirrorDeps, gitDir: string, source: RepositorySource, scope: GitScope): Promise<Fetched> {
  const checked = checkSource(source, deps.allowPaths);
  await ensureBare(deps.git, gitDir);
  await removeLeft(gitDir);
  if (checked.kind === 'folder') return importFolder(deps.git, { gitDir, folder: checked.path, scope, timeoutMs: deps.fetchTimeoutMs });
  const first = await runFetch(deps, gitDir, checked.url, scope);
  if (first === null) return { warnings: [] };
  if (await removeLock(gitDir, first)) await mustFetch(deps, gitDir, checked.url, scope);
  else if (isMirrorDamage(first)) await makeAnew(deps, gitDir, checked.url, scope);
  else throw remoteFailure('fetch', first);
  return { warnings: [] };
}

/** The damaged mirror stays until the new one is whole: runs at work read what is left of it. */
async function makeAnew(deps: MirrorDeps, gitDir: string, url: string, scope: GitScope): Promise<void> {
  const { anew, old } = beside(gitDir);
  try {
    await ensureBare(deps.git, anew);
    await mustFetch(deps, anew, url, scope);
    // In one go: nobody in this process finds none.
    renameSync(gitDir, old);
    renameSync(anew, gitDir);
  } finally {
    await removeBeside(gitDir);
  }
}

/** Where a mirror is made anew, and where the damaged one goes then. */
function beside(gitDir: string): { anew: string; old: string } {
  return { anew: `${gitDir}.new`, old: `${gitDir}.old` };
}

async function removeBeside(gitDir: string): Promise<void> {
  for (const folder of Object.values(beside(gitDir))) await rm(folder, { recursive: true, force: true });
}

/** What killed commands and a killed gateway left: nothing else ever removes it. */
async function removeLeft(gitDir: string): Promise<void> {
  await removeBeside(gitDir);
  await removeHalfPacks(gitDir);
}

/** DomainErrors of `remoteFailure`. */
async function mustFetch(deps: MirrorDeps, gitDir: string, url: string, scope: GitScope): Promise<void> {
  const failure = await runFetch(deps, gitDir, url, scope);
  if (failure !== null) throw remoteFailure('fetch', failure);
}

/** Null when it went well, else what git said. */
async function runFetch(deps: MirrorDeps, gitDir: string, url: string, scope: GitScope): Promise<string | null> {
  const args = [
    'fetch',
    '--prune',
    '--force',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    'origin',
    '+refs/heads/*:refs/heads/*',
    '+refs/tags/*:refs/tags/*',
  ];
  const { exitCode, stderr } = await deps.git(args, {
    gitDir,
    config: originConfig(url),
    timeoutMs: deps.fetchTimeoutMs,
    exitCodes: 'any',
    scope,
  });
  return exitCode === 0 ? null : stderr;
}

/** A lock that a killed command left: whoever fetches is the only one that writes here, and it holds none now. */
async function removeLock(gitDir: string, stderr: string): Promise<boolean> {
  const lock = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  if (lock === undefined || !lock.startsWith(`${gitDir}/`) || lock.includes('/../')) return false;
  await rm(lock, { force: true });
  return true;
}

const making = new Map<string, Promise<void>>();

/**
 * Makes a bare repository unless one is there. Repeatable: `git init` also mends a half-made one. Calls for the same place
 * in this process share one.
 */
export async function ensureBare(git: Git, gitDir: string, head = 'refs/heads/main'): Promise<void> {
  if (await looksBare(gitDir)) return;
  const current = making.get(gitDir);
  if (current) return current;
  const made = initBare(git, gitDir, head).finally(() => making.delete(gitDir));
  making.set(gitDir, made);
  return made;
}

async function initBare(git: Git, gitDir: string, head: string): Promise<void> {
  try {
    await mkdir(gitDir, { recursive: true, mode: 0o700 });
    await git(['init', '--quiet', '--bare', '--template=', `--initial-branch=${head.slice('refs/heads/'.length)}`, '.'], {
      cwd: gitDir,
      env: { GIT_DIR: gitDir },
      quiet: true,
    });
  } catch (cause) {
    if (!isCode(cause, 'ENOSPC') && !isCode(cause, 'EACCES')) throw cause;
    throw new DomainError('transient', 'gateway-disk', 'git: the gateway cannot write its caches; free space or mend permissions', {
      cause,
    });
  }
}

async function looksBare(gitDir: string): Promise<boolean> {
  const found = await Promise.all(['HEAD', 'objects', 'refs', 'config'].map((name) => exists(join(gitDir, name))));
  return found.every(Boolean);
}

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}
