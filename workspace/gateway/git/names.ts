import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { RepositoryKey } from './port.ts';

/** Refs of a run's repository. Only `turn` and `save` may be pushed by a workspace. */
export const runRefs = {
  base: 'refs/astraforge/base',
  finalised: 'refs/astraforge/finalised',
  start: 'refs/heads/astraforge/start',
  turn: 'refs/heads/astraforge/turn',
  save: 'refs/heads/astraforge/save',
} as const;

/** Head of the commit that a bundle carries. */
export const bundleTipRef = 'refs/astraforge/tip';

const commitPattern = /^[0-9a-f]{40}$/;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function invalid(what: string, value: string): DomainError {
  return new DomainError(
    'permanent',
    'invalid-input',
    `git: ${what} ${JSON.stringify(value.slice(0, 200))} is not valid; correct the call`,
  );
}

/** A full SHA-1 commit id, never an option or a range; DomainError `invalid-input` otherwise. */
export function commitId(value: string): string {
  if (!commitPattern.test(value)) throw invalid('commit', value);
  return value;
}

/** An id that may become a file name; DomainError `invalid-input` otherwise. */
function pathPart(what: string, value: string): string {
  if (!idPattern.test(value) || value.includes('..') || value.endsWith('.lock')) throw invalid(what, value);
  return value;
}

/**
 * `refs/heads/<branch>` by the rules of git-check-ref-format(1); DomainError `invalid-input` for a name that git would
 * refuse or that could be read as something else than a branch.
 */
export function branchRef(branch: string): string {
  const parts = branch.split('/');
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/;
  const badPart = parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.') || part.endsWith('.lock'));
  if (badPart || forbidden.test(branch) || branch.startsWith('-') || branch === '@' || branch === 'HEAD' || branch.length > 240) {
    throw invalid('branch', branch);
  }
  return `refs/heads/${branch}`;
}

/** Folder of a project's caches: its mirror and the checkpoints taken from it. */
export function projectDir(mirrorsDir: string, key: RepositoryKey): string {
  return join(mirrorsDir, pathPart('tenant id', key.tenantId), pathPart('project id', key.projectId));
}

/** Where a run's bare repository lives: what the door serves as `/git/run.git`. */
export function runRepositoryPath(runsDir: string, runId: string): string {
  return join(runsDir, `${pathPart('run id', runId)}.git`);
}

/** A short name for an input, the same for the same input. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
