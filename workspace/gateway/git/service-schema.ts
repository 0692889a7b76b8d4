import { z } from 'zod';
import { DiffStat } from '../../../workflows/contracts/request.ts';
import type { GitService } from './port.ts';

const source = z.object({ kind: z.enum(['git', 'folder']), url: z.string().min(1).max(4096) });
const key = { tenantId: z.string().min(1).max(128), projectId: z.string().min(1).max(128) };
const runId = z.string().min(1).max(128);
const commit = z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit id');
const artifactId = z.string().max(256);
const text = z.string().max(1024 * 1024);
const path = z.string().min(1).max(8192);
const person = z.object({ name: z.string().max(1024), email: z.string().max(1024) });
const identity = z.object({
  author: person,
  committer: person,
  coAuthors: z.array(person).max(100),
  signOff: z.boolean(),
  signingKeyFile: z.string().max(4096).nullable(),
});
const branch = z.object({ ...key, source, branch: z.string().min(1).max(256) });
const point = { baseCommit: commit, commit, bundleArtifactId: artifactId };
const locator = z.object({ ...key, ...point });
const range = locator.extend({ against: z.object(point).optional() });
const atMs = z.number().int().nonnegative();

const diffFile = z.object({
  path: z.string(),
  oldPath: z.string().nullable(),
  status: z.enum(['added', 'deleted', 'modified', 'renamed', 'copied', 'type-changed']),
  oldMode: z.string(),
  newMode: z.string(),
  newBlob: z.string().nullable(),
  kind: z.enum(['text', 'binary', 'submodule', 'symlink', 'lfs-pointer']),
  insertions: z.number().int(),
  deletions: z.number().int(),
});

/** Bytes travel as base64. */
const bytes = z.codec(z.base64(), z.instanceof(Uint8Array), {
  decode: (value) => new Uint8Array(Buffer.from(value, 'base64')),
  encode: (value) => Buffer.from(value).toString('base64'),
});

/** What each method of the service takes and gives over the wire. */
export const gitServiceSchemas = {
  inspect: { input: source, output: z.object({ defaultBranch: z.string(), branches: z.array(z.string()) }) },
  projectFile: { input: branch, output: z.string().nullable() },
  branchTip: { input: branch, output: z.object({ baseCommit: commit, projectFile: z.string().nullable() }) },
  prepareRun: {
    input: z.object({
      ...key,
      runId,
      source,
      baseBranch: z.string().min(1).max(256),
      from: z.object({ bundleArtifactId: artifactId, commit, baseCommit: commit }).nullable(),
    }),
    output: z.object({
      baseCommit: commit,
      startCommit: commit,
      ref: z.string(),
      projectFile: z.string().nullable(),
      warnings: z.array(z.string()).optional(),
    }),
  },
  setupInputs: { input: z.object({ ...key, runId, commit, setup: text }), output: z.string().nullable() },
  finalise: {
    input: z.object({ ...key, runId, baseCommit: commit, tipCommit: commit, message: text, identity, atMs }),
    output: z.object({ commit, baseCommit: commit, unchanged: z.boolean(), stat: DiffStat, bundleArtifactId: artifactId.nullable() }),
  },
  save: { input: z.object({ ...key, runId, baseCommit: commit, commit }), output: z.object({ bundleArtifactId: artifactId }) },
  diff: { input: range, output: z.object({ baseCommit: commit, commit, stat: DiffStat, files: z.array(diffFile) }) },
  patch: { input: range.extend({ path: path.optional() }), output: z.string() },
  file: {
    input: locator.extend({
      path,
      side: z.enum(['base', 'head']).optional(),
      maxBytes: z.number().int().positive().optional(),
    }),
    output: bytes.nullable(),
  },
  paths: {
    input: z.object({
      ...key,
      source,
      branch: z.string().min(1).max(256),
      query: z.string().max(1024),
      limit: z.number().int().min(1).max(1000),
    }),
    output: z.object({ items: z.array(z.string()), more: z.boolean() }),
  },
  publish: {
    input: locator.extend({
      source,
      branch: z.string().min(1).max(256),
      expected: commit.nullable(),
      runId: z.string().max(200).optional(),
    }),
    output: z.object({ commit }),
  },
  mergeLocal: {
    input: z.object({
      repositoryPath: z.string().max(4096),
      commit,
      targetBranch: z.string().min(1).max(256),
      message: text,
      identity,
      atMs,
    }),
    output: z.object({ mergeCommit: commit }),
  },
  dropRun: { input: runId, output: z.null() },
} as const satisfies Record<keyof GitService, { input: unknown; output: unknown }>;

/** Name of a method of the service. */
export type GitServiceMethod = keyof typeof gitServiceSchemas;

/** The method of `POST /service/git/<method>`; null for any other path. */
export function methodOfPath(path: string): GitServiceMethod | null {
  const name = path.startsWith(gitServicePath) ? path.slice(gitServicePath.length) : '';
  return Object.hasOwn(gitServiceSchemas, name) ? (name as GitServiceMethod) : null;
}

/** Where the service's methods are. */
export const gitServicePath = '/service/git/';

/** A DomainError as it travels. */
export const WireError = z.object({
  kind: z.enum(['transient', 'permanent']),
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type WireError = z.infer<typeof WireError>;
