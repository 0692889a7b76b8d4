import { z } from 'zod';
import { CheckResult, Checkpoint, DiffStat } from '../../workflows/contracts/request.ts';
import { FailureReason, RunPurpose } from '../../workflows/contracts/run.ts';
import { Finding } from '../../workflows/contracts/finding.ts';
import { limits } from '../limits.ts';
import { Id, PageQuery, pageOf, plainText } from './common.ts';

const RunStatus = z.enum(['waiting', 'working', 'succeeded', 'failed', 'cancelled']);

export const RunSummary = z
  .object({
    runId: z.string(),
    requestId: z.string(),
    ordinal: z.number().int(),
    purpose: RunPurpose,
    status: RunStatus,
    reason: FailureReason.nullable(),
    message: z.string(),
    attempts: z.number().int(),
    checkpoint: Checkpoint.nullable(),
    checks: z.array(CheckResult),
    inputTokens: z.number(),
    outputTokens: z.number(),
    createdAtMs: z.number(),
    endedAtMs: z.number().nullable(),
  })
  .meta({ id: 'Run' });
export type RunSummary = z.infer<typeof RunSummary>;
export const RunPage = pageOf(RunSummary).meta({ id: 'RunPage' });
export const RunListQuery = PageQuery.extend({ requestId: Id.optional(), status: RunStatus.optional() });
export const RunParams = z.object({ runId: Id });

export const Review = z
  .object({
    reviewId: z.string(),
    requestId: z.string(),
    commit: z.string(),
    status: z.enum(['working', 'completed', 'failed']),
    verdict: z.string().nullable(),
    summary: z.string(),
    findings: z.array(Finding),
    createdAtMs: z.number(),
  })
  .meta({ id: 'Review' });
export type Review = z.infer<typeof Review>;

const DiffFile = z
  .object({
    path: z.string(),
    oldPath: z.string().nullable(),
    status: z.enum(['added', 'deleted', 'modified', 'renamed', 'copied', 'type-changed']),
    oldMode: z.string(),
    newMode: z.string(),
    /** Object id of the content after the change; null for a deleted file. */
    newBlob: z.string().nullable(),
    kind: z.enum(['text', 'binary', 'submodule', 'symlink', 'lfs-pointer']),
    insertions: z.number().int(),
    deletions: z.number().int(),
  })
  .meta({ id: 'DiffFile' });

/** Merge base...checkpoint. Ask with `Accept: text/x-patch` for the patch itself, which `git apply` takes. */
export const Diff = z.object({ baseCommit: z.string(), commit: z.string(), stat: DiffStat, files: z.array(DiffFile) }).meta({ id: 'Diff' });
export type Diff = z.infer<typeof Diff>;

/** A path inside the repository; none that git could take for another place has an entry. */
const repositoryPath = plainText(limits.pathLength).min(1);

export const DiffQuery = z.object({
  /** Limits the patch to one file. */
  path: repositoryPath.optional(),
  /** Another run of the same request: compares its checkpoint (old) with this one's (new) instead of the base. */
  against: Id.optional(),
});

export const BlobQuery = z.object({
  path: repositoryPath,
  /** `base`: before the change. */
  side: z.enum(['base', 'head']).default('head'),
});
