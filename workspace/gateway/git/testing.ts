import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import { defaultSearchPath } from './git-environment.ts';
import type { CommitIdentity } from './port.ts';

/** What a test writes at a path: text, bytes, an executable, a link, or null to delete. */
export type FileChange = string | Uint8Array | { executable: string } | { link: string } | null;

/** A work tree that tests change and commit in. */
export interface TestRepository {
  path: string;
  git(...args: string[]): string;
  write(files: Record<string, FileChange>): void;
  /** Writes, adds all, commits; answers the commit id. */
  commit(message: string, files?: Record<string, FileChange>): string;
  head(): string;
}

/** A temporary folder that a test file removes at its end. */
export function makeFolder(): { path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'astraforge-git-test-')));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs git as a person would, without the configuration of the machine; answers its output. */
export function plainGit(
  cwd: string,
  args: readonly string[],
  options: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): string {
  return plainGitBytes(cwd, args, options).toString('utf8');
}

/** The same as bytes. */
export function plainGitBytes(cwd: string, args: readonly string[], options: PlainOptions = {}): Buffer {
  return runPlain('git', args, cwd, options);
}

interface PlainOptions {
  input?: string | Uint8Array;
  env?: Record<string, string>;
}

function runPlain(program: string, args: readonly string[], cwd: string, options: PlainOptions): Buffer {
  return execFileSync(program, args, {
    cwd,
    input: options.input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 512 * 1024 * 1024,
    env: {
      PATH: defaultSearchPath,
      HOME: '/nonexistent',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Workspace',
      GIT_AUTHOR_EMAIL: 'workspace@example.org',
      GIT_COMMITTER_NAME: 'Workspace',
      GIT_COMMITTER_EMAIL: 'workspace@example.org',
      ...options.env,
    },
  });
}

let template: { head: string; config: string } | null = null;

/** Makes an empty repository with branch `main`: by git once, then as git made it, since tests make many. */
export function makeRepository(path: string): TestRepository {
  const gitDir = join(path, '.git');
  mkdirSync(path, { recursive: true });
  if (template === null) {
    plainGit(path, ['init', '--quiet', '--template=', '--initial-branch=main']);
    template = { head: readFileSync(join(gitDir, 'HEAD'), 'utf8'), config: readFileSync(join(gitDir, 'config'), 'utf8') };
    return openRepository(path);
  }
  for (const name of ['objects', 'refs']) mkdirSync(join(gitDir, name), { recursive: true });
  writeFileSync(join(gitDir, 'HEAD'), template.head);
  writeFileSync(join(gitDir, 'config'), template.config);
  return openRepository(path);
}

/** Clones what a run's repository says to check out: a workspace. */
export function cloneRepository(from: string, path: string): TestRepository {
  plainGit(dirname(path), ['clone', '--quiet', from, path]);
  return openRepository(path);
}

function openRepository(path: string): TestRepository {
  const git = (...args: string[]) => plainGit(path, args).trim();

  function write(files: Record<string, FileChange>): void {
    for (const [name, change] of Object.entries(files)) writeFile(join(path, name), change);
  }

  return {
    path,
    git,
    write,
    head: () => git('rev-parse', 'HEAD'),
    commit(message, files = {}) {
      write(files);
      // One start of a process where three would do the same.
      return runPlain('sh', ['-c', commitScript], path, { input: message }).toString('utf8').trim();
    },
  };
}

const commitScript = 'git add --all --force . && git commit --quiet --allow-empty --no-verify -F - && git rev-parse HEAD';

function writeFile(file: string, change: FileChange): void {
  rmSync(file, { recursive: true, force: true });
  if (change === null) return;
  mkdirSync(dirname(file), { recursive: true });
  if (typeof change === 'string' || change instanceof Uint8Array) return writeFileSync(file, change);
  if ('link' in change) return symlinkSync(change.link, file);
  writeFileSync(file, change.executable);
  chmodSync(file, 0o755);
}

/** An ArtifactStore in memory: content-addressed as the real one is. */
export function memoryArtifacts(): ArtifactStore & {
  capBytes: number;
  damage(artifactId: string, change: (bytes: Uint8Array) => Uint8Array): void;
  /** How many are kept. */
  size(): number;
} {
  const kept = new Map<string, { kind: string; mediaType: string; sha256: string; bytes: Uint8Array }>();
  return {
    capBytes: Infinity,
    async put(tenantId, { kind, mediaType, bytes }) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const artifactId = `${tenantId}-${kind}-${sha256.slice(0, 24)}`;
      kept.set(artifactId, { kind, mediaType, sha256, bytes: new Uint8Array(bytes) });
      return Promise.resolve({ artifactId, sha256, sizeBytes: bytes.length });
    },
    async get(tenantId, artifactId) {
      return Promise.resolve(artifactId.startsWith(`${tenantId}-`) ? (kept.get(artifactId) ?? null) : null);
    },
    size: () => kept.size,
    damage(artifactId, change) {
      const found = kept.get(artifactId);
      if (found) kept.set(artifactId, { ...found, bytes: change(found.bytes) });
    },
  };
}

/** The identity that tests finalise with. */
export const testIdentity: CommitIdentity = {
  author: { name: 'AstraForge', email: 'astraforge@localhost' },
  committer: { name: 'AstraForge', email: 'astraforge@localhost' },
  coAuthors: [{ name: 'Ada Lovelace', email: 'ada@example.org' }],
  signOff: false,
  signingKeyFile: null,
};

/** A fixed moment of tests, in milliseconds. */
export const testAtMs = 1_750_000_000_000;
