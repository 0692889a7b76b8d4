import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { isCode } from './run-git.ts';
import type { Git, GitOptions, GitScope } from './run-git.ts';

/** The one branch of an imported folder. */
export const folderBranch = 'main';

/** Fixed, so that the same content is the same commit. */
const identity = {
  GIT_AUTHOR_NAME: 'AstraForge',
  GIT_AUTHOR_EMAIL: 'astraforge@localhost',
  GIT_AUTHOR_DATE: '946684800 +0000',
  GIT_COMMITTER_NAME: 'AstraForge',
  GIT_COMMITTER_EMAIL: 'astraforge@localhost',
  GIT_COMMITTER_DATE: '946684800 +0000',
};

/** By this, address and seconds, the commit of an import is told from others. */
export const importCommitter = 'astraforge@localhost 946684800';

/** Bytes go in as they are: no line-ending conversion, filter or keyword that the folder's own attributes ask for. */
const rawAttributes = '* -text -filter -ident -working-tree-encoding\n';
const maxNested = 100;

/**
 * Makes a folder without git the one commit of `refs/heads/main`. Respects .gitignore, writes nothing into the folder; nested
 * repositories and unreadable files are left out and named. DomainError `repository-unreachable` when there is no such folder.
 */
export async function importFolder(
  git: Git,
  input: { gitDir: string; folder: string; scope: GitScope; timeoutMs: number },
): Promise<{ commit: string; warnings: string[] }> {
  await requireFolder(input.folder);
  const temporary = await mkdtemp(join(tmpdir(), 'astraforge-import-'));
  try {
    await mkdir(join(input.gitDir, 'info'), { recursive: true });
    await writeFile(join(input.gitDir, 'info', 'attributes'), rawAttributes);
    const options: GitOptions = {
      gitDir: input.gitDir,
      cwd: input.folder,
      env: { GIT_WORK_TREE: input.folder, GIT_INDEX_FILE: join(temporary, 'index') },
      config: [['advice.addEmbeddedRepo', 'false']],
      timeoutMs: input.timeoutMs,
      scope: input.scope,
    };
    const warnings = [...(await addAll(git, input.gitDir, options)), ...(await dropNested(git, options))];
    const tree = await git(['write-tree'], { ...options, quiet: true });
    const commit = await git(['commit-tree', '-m', 'Import the folder', tree.stdout.toString().trim()], {
      gitDir: input.gitDir,
      env: identity,
      scope: input.scope,
    });
    const commitId = commit.stdout.toString().trim();
    await git(['update-ref', `refs/heads/${folderBranch}`, commitId], { gitDir: input.gitDir, quiet: true });
    return { commit: commitId, warnings };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Whether the path is a folder; DomainError `repository-unreachable` otherwise. */
export async function requireFolder(folder: string): Promise<void> {
  const next = 'check the path of the project';
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (cause) {
    if (!isCode(cause, 'ENOENT') && !isCode(cause, 'ENOTDIR') && !isCode(cause, 'EACCES')) throw cause;
    throw new DomainError('permanent', 'repository-unreachable', `repository: there is no folder at this path; ${next}`, { cause });
  }
  throw new DomainError('permanent', 'repository-unreachable', `repository: this path is a file, not a folder; ${next}`);
}

/** Adds everything; answers what could not be read. A nested repository without a commit stops git: it is excluded and named. */
async function addAll(git: Git, gitDir: string, options: GitOptions): Promise<string[]> {
  const excluded: string[] = [];
  for (;;) {
    await writeFile(join(gitDir, 'info', 'exclude'), excluded.map((path) => `/${escapePattern(path)}\n`).join(''));
    const { exitCode, stderr } = await git(['add', '--all', '--ignore-errors', '.'], { ...options, exitCodes: 'any' });
    const empty = /'(.+?)\/?' does not have a commit checked out/.exec(stderr)?.[1];
    if (empty !== undefined && !excluded.includes(empty) && excluded.length < maxNested) {
      excluded.push(empty);
      continue;
    }
    if (exitCode > 1) {
      throw new DomainError(
        'permanent',
        'folder-import-failed',
        `import: git could not read the folder: ${stderr.trim()}; mend it and try again`,
      );
    }
    const unreadable = [...stderr.matchAll(/^error: open\("(.*)"\): (.*)$/gm)].map(([, path, reason]) => `left out: ${path} (${reason})`);
    return [...excluded.map((path) => `nested repository left out: ${path}`), ...unreadable];
  }
}

/** Takes nested repositories, which git adds as submodules without their content, out of the index again. */
async function dropNested(git: Git, options: GitOptions): Promise<string[]> {
  const { stdout } = await git(['ls-files', '--stage', '-z'], { ...options, quiet: true });
  const nested = stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1));
  if (nested.length === 0) return [];
  await git(['update-index', '--force-remove', '-z', '--stdin'], { ...options, input: nested.join('\0') + '\0', quiet: true });
  return nested.map((path) => `nested repository left out: ${path}`);
}

function escapePattern(path: string): string {
  return path.replaceAll(/[\\*?[\] ]/g, '\\$&');
}
