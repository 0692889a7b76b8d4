import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { restoreBundle, restoreBundleFile } from './bundle.ts';
import { ensureBare } from './mirror.ts';
import type { Mirrors } from './mirror.ts';
import { commitId, projectDir } from './names.ts';
import { presentCommits, writeRefs } from './objects.ts';
import type { CommitLocator, RepositoryKey, RepositorySource } from './port.ts';
import { isCode } from './run-git.ts';
import type { Git } from './run-git.ts';

export interface CheckpointDeps {
  git: Git;
  mirrors: Mirrors;
  mirrorsDir: string;
  artifacts: ArtifactStore;
  /** The source of a project: to fetch a base again after its mirror was deleted. */
  resolveSource(key: RepositoryKey): Promise<RepositorySource | null>;
}

/** A project's bare repository of finalised commits, with the mirror as alternate: a cache beside it, refilled from bundles. */
export interface Checkpoints {
  /** The repository with base and commit at hand. DomainErrors of `restoreBundle` and `requireBase`. */
  at(locator: CommitLocator): Promise<string>;
  /** Takes a new bundle in from its file, which proves it. */
  prove(key: RepositoryKey, input: { file: string; baseCommit: string; commit: string }): Promise<void>;
  /** Makes sure that the mirror has the base commit; fetches it again when it does not. DomainError `base-gone`. */
  requireBase(key: RepositoryKey, baseCommit: string, source?: RepositorySource): Promise<void>;
}

/** Makes the checkpoint caches of a folder of mirrors. */
export function createCheckpoints(deps: CheckpointDeps): Checkpoints {
  const { git, mirrors } = deps;

  async function open(key: RepositoryKey): Promise<string> {
    const gitDir = join(projectDir(deps.mirrorsDir, key), 'checkpoints.git');
    await ensureBare(git, gitDir);
    await setAlternate(gitDir, await mirrors.ensure(key));
    return gitDir;
  }

  async function requireBase(key: RepositoryKey, baseCommit: string, given?: RepositorySource): Promise<void> {
    const mirror = await mirrors.ensure(key);
    const isThere = async () => (await presentCommits(git, mirror, [baseCommit])).has(baseCommit);
    if (await isThere()) return;
    const source = given ?? (await deps.resolveSource(key));
    if (source) {
      await mirrors.fetch(key, source, { tenantId: key.tenantId, projectId: key.projectId });
      if (await isThere()) return;
      if ((await mirrors.fetchCommit(key, source, baseCommit)) && (await isThere())) return;
    }
    throw new DomainError(
      'permanent',
      'base-gone',
      `restore: the repository no longer gives the base commit ${baseCommit}; restore its history or start a new request`,
      { details: { baseCommit } },
    );
  }

  async function at(locator: CommitLocator): Promise<string> {
    const baseCommit = commitId(locator.baseCommit);
    const commit = commitId(locator.commit);
    const gitDir = await open(locator);
    const present = await presentCommits(git, gitDir, [baseCommit, commit]);
    if (present.has(baseCommit) && present.has(commit)) return gitDir;
    if (commit === baseCommit) {
      await requireBase(locator, baseCommit);
      return gitDir;
    }
    const restore = () =>
      restoreBundle(git, deps.artifacts, {
        tenantId: locator.tenantId,
        gitDir,
        artifactId: locator.bundleArtifactId,
        commit,
        ref: checkpointRef(commit),
        finalisedRef: null,
      });
    if (!present.has(baseCommit)) {
      // A bundle of an imported folder carries its base; any other needs the base from the source.
      if (await restoresAlone(restore)) return gitDir;
      await requireBase(locator, baseCommit);
    }
    await writeRefs(git, gitDir, { [baseRef(baseCommit)]: baseCommit });
    await restore();
    return gitDir;
  }

  async function prove(key: RepositoryKey, input: { file: string; baseCommit: string; commit: string }): Promise<void> {
    const gitDir = await open(key);
    const ref = checkpointRef(input.commit);
    const present = await presentCommits(git, gitDir, [input.baseCommit, input.commit]);
    if (present.has(input.commit)) return;
    if (present.has(input.baseCommit)) await writeRefs(git, gitDir, { [baseRef(input.baseCommit)]: input.baseCommit });
    await restoreBundleFile(git, input.file, { gitDir, commit: input.commit, ref, finalisedRef: null });
  }

  return { at, prove, requireBase };
}

/** True when it went well; false when the bundle lacks its base. */
async function restoresAlone(restore: () => Promise<void>): Promise<boolean> {
  try {
    await restore();
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'bundle-broken') return false;
    throw error;
  }
}

/** Lets a repository read the objects of another one. Whole or not at all: commands beside this one read the file. */
export async function setAlternate(gitDir: string, alternate: string): Promise<void> {
  const file = join(gitDir, 'objects', 'info', 'alternates');
  const line = `${join(alternate, 'objects')}\n`;
  if ((await readText(file)) === line) return;
  await mkdir(join(gitDir, 'objects', 'info'), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, line);
  await rename(temporary, file);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function checkpointRef(commit: string): string {
  return `refs/astraforge/checkpoints/${commit}`;
}

function baseRef(commit: string): string {
  return `refs/astraforge/bases/${commit}`;
}
