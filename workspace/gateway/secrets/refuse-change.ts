import { maskText, masksOf } from '../../../config/secret-mask.ts';
import { DomainError, secretInChange } from '../../../workflows/contracts/errors.ts';
import type { ProjectSecret } from '../../../workflows/contracts/project-secret.ts';
import type { Git } from '../git/run-git.ts';
import { createSecretFinder } from './finder.ts';
import { readObjects } from './object-stream.ts';

const maxListBytes = 512 * 1024 ** 2;
const maxBaseBytes = 256 * 1024 ** 2;
/** More would help nobody. */
const maxNamed = 5;

interface Hit {
  name: string;
  type: string;
  path: string;
}

/**
 * Refuses commits that hold a secret's value: in a file, a path or a message of any commit since the base. What the base has at the
 * same place is no news. DomainError `secret-in-change` names secrets and places, never a value.
 */
export async function refuseSecrets(
  git: Git,
  change: { gitDir: string; baseCommit: string; commit: string; secrets: readonly ProjectSecret[] },
): Promise<void> {
  const { gitDir, baseCommit, commit, secrets } = change;
  if (secrets.length === 0 || commit === baseCommit) return;
  const listing = ['rev-list', '--objects', commit, `^${baseCommit}`];
  const { stdout } = await git(listing, { gitDir, quiet: true, maxOutputBytes: maxListBytes, timeoutMs: 10 * 60_000 });
  const hits = await findHits(git, { gitDir, lines: stdout, secrets });
  const fresh: Hit[] = [];
  for (const hit of hits) {
    if (fresh.length >= maxNamed) break;
    if (!(await isInBase(git, { gitDir, baseCommit, hit, secrets }))) fresh.push(hit);
  }
  if (fresh.length > 0) throw refusal(fresh, secrets);
}

async function findHits(git: Git, work: { gitDir: string; lines: Buffer; secrets: readonly ProjectSecret[] }): Promise<Hit[]> {
  const finder = createSecretFinder(work.secrets);
  const hits: Hit[] = [];
  let current = { type: '', path: '' };
  const sink = {
    begin(object: { type: string; path: string }) {
      current = object;
      finder.restart();
    },
    piece(bytes: Buffer) {
      for (const name of finder.take(bytes)) hits.push({ name, type: current.type, path: current.path });
    },
  };
  await readObjects({ gitDir: work.gitDir, searchPath: git.searchPath, lines: work.lines, sink });
  return hits;
}

/** A path that git could not write in one line is not found there, and counts as new. */
async function isInBase(
  git: Git,
  work: { gitDir: string; baseCommit: string; hit: Hit; secrets: readonly ProjectSecret[] },
): Promise<boolean> {
  const { gitDir, baseCommit, hit, secrets } = work;
  if (hit.type !== 'blob' && hit.type !== 'tree') return false;
  const args = ['cat-file', hit.type, `${baseCommit}:${hit.path}`];
  const before = await git(args, { gitDir, quiet: true, exitCodes: 'any', maxOutputBytes: maxBaseBytes });
  if (before.exitCode !== 0) return false;
  return createSecretFinder(secrets.filter(({ name }) => name === hit.name)).take(before.stdout).length > 0;
}

function refusal(hits: readonly Hit[], secrets: readonly ProjectSecret[]): DomainError {
  const masks = masksOf(secrets);
  const places = hits.map(({ name, type, path }) => `${name} (${placeOf(type, maskText(path, masks))})`);
  const names = [...new Set(hits.map(({ name }) => name))];
  return new DomainError(
    'permanent',
    secretInChange,
    `the change holds the value of a secret of the project: ${places.join(', ')}; take it out of the change (checks find it in the environment), and give the secret a new value if others may have read it. A value that is an ordinary word is no secret: choose another one`,
    { details: { names } },
  );
}

function placeOf(type: string, path: string): string {
  if (type === 'commit' || type === 'tag') return 'a commit message';
  if (type === 'tree') return path === '' ? 'a file name' : `a file name in ${path}`;
  return path;
}
