import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import { artifactTooLarge, DomainError } from '../../../workflows/contracts/errors.ts';
import { bundleTipRef, runRefs } from './names.ts';
import { readRef, readRefs, writeRefs } from './objects.ts';
import type { Git, GitScope } from './run-git.ts';

const bundleTimeoutMs = 10 * 60_000;
const mebibyte = 1024 * 1024;

export interface BundleContent {
  gitDir: string;
  baseCommit: string;
  commit: string;
  /** Carry the base itself too: for a base that no source may be able to give again. */
  includeBase: boolean;
  scope: GitScope;
}

/**
 * Makes a bundle of base..commit, hands its file to `use` and removes it. The head `refs/astraforge/tip` is the commit;
 * `refs/astraforge/finalised` goes along, so that a restored run knows which commits are final.
 */
export async function withBundle<T>(git: Git, content: BundleContent, use: (file: string) => Promise<T>): Promise<T> {
  const { gitDir, baseCommit, commit, scope } = content;
  const temporary = await mkdtemp(join(tmpdir(), 'astraforge-bundle-'));
  const file = join(temporary, 'run.bundle');
  try {
    await writeRefs(git, gitDir, { [bundleTipRef]: commit });
    const finalised = (await readRefs(git, gitDir, [runRefs.finalised])).get(runRefs.finalised) ?? null;
    const tips = [bundleTipRef, ...(finalised !== null && finalised !== baseCommit ? [runRefs.finalised] : [])];
    // A bundle cannot be empty: without a commit above the base it carries the base.
    const withBase = content.includeBase || commit === baseCommit;
    const excluded = withBase ? await parentsOf(git, gitDir, baseCommit) : [baseCommit];
    await git(['bundle', 'create', '--quiet', file, ...tips, ...excluded.map((id) => `^${id}`)], {
      gitDir,
      timeoutMs: bundleTimeoutMs,
      scope,
    });
    return await use(file);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Checks that the file is whole as far as its header and prerequisites go. DomainError `bundle-broken`. */
export async function verifyBundle(git: Git, gitDir: string, file: string): Promise<void> {
  const { exitCode, stderr } = await git(['bundle', 'verify', '--quiet', file], { gitDir, exitCodes: 'any', quiet: true });
  if (exitCode !== 0) throw broken(stderr);
}

/** Stores a bundle file that `prove` finds whole; the same content is the same artifact. DomainError `artifact-too-large`, before anything reads it. */
export async function storeBundle(
  artifacts: ArtifactStore,
  input: { tenantId: string; file: string; prove: () => Promise<void> },
): Promise<string> {
  const { tenantId, file } = input;
  const { size } = await stat(file);
  if (size > artifacts.capBytes) throw tooLarge(size, artifacts.capBytes);
  await input.prove();
  const bytes = await readFile(file);
  const { artifactId } = await artifacts.put(tenantId, { kind: 'git-bundle', mediaType: 'application/x-git-bundle', bytes });
  return artifactId;
}

/**
 * Takes a stored bundle into a repository that holds its base: the tip as `ref`, and what is final as `finalisedRef`.
 * DomainErrors `bundle-missing`, and `bundle-broken` when it is damaged, lacks its base or carries another commit.
 */
export async function restoreBundle(
  git: Git,
  artifacts: ArtifactStore,
  input: { tenantId: string; gitDir: string; artifactId: string; commit: string; ref: string; finalisedRef: string | null },
): Promise<void> {
  const found = await artifacts.get(input.tenantId, input.artifactId);
  if (!found) {
    throw new DomainError(
      'permanent',
      'bundle-missing',
      `restore: artifact ${input.artifactId} is gone; start the run anew from the base branch`,
    );
  }
  const temporary = await mkdtemp(join(tmpdir(), 'astraforge-bundle-'));
  const file = join(temporary, 'run.bundle');
  try {
    await writeFile(file, found.bytes);
    await restoreBundleFile(git, file, input);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The same from a file. The pack is checked object by object. */
export async function restoreBundleFile(
  git: Git,
  file: string,
  input: { gitDir: string; commit: string; ref: string; finalisedRef: string | null },
): Promise<void> {
  const { gitDir, ref } = input;
  const refspecs = [`+${bundleTipRef}:${ref}`, ...(input.finalisedRef === null ? [] : [`+${runRefs.finalised}*:${input.finalisedRef}*`])];
  const { exitCode, stderr } = await git(
    ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', file, ...refspecs],
    { gitDir, exitCodes: 'any', timeoutMs: bundleTimeoutMs, quiet: true },
  );
  if (exitCode !== 0) throw broken(stderr);
  const restored = await readRef(git, gitDir, ref);
  if (restored !== input.commit) throw broken(`it carries ${restored ?? 'nothing'}, not ${input.commit}`);
}

async function parentsOf(git: Git, gitDir: string, commit: string): Promise<string[]> {
  const { stdout } = await git(['rev-list', '--parents', '--max-count=1', commit], { gitDir, quiet: true });
  return stdout.toString().trim().split(' ').slice(1);
}

function tooLarge(sizeBytes: number, capBytes: number): DomainError {
  return new DomainError(
    'permanent',
    artifactTooLarge,
    `storing the change: it is ${Math.ceil(sizeBytes / mebibyte)} MiB as a git bundle (an imported folder counts with it), and at most ${Math.floor(capBytes / mebibyte)} MiB are kept; take large files that were added (build output, data, archives) out of the change and out of every commit of it, and name them in .gitignore`,
    { details: { sizeBytes, capBytes } },
  );
}

function broken(reason: string): DomainError {
  return new DomainError(
    'permanent',
    'bundle-broken',
    `restore: the stored bundle cannot be used: ${reason.trim()}; start the run anew from an earlier checkpoint or the base branch`,
    { details: { reason: reason.trim() } },
  );
}
