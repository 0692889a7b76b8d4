import type { MergeRequestRef } from '../workflows/contracts/request.ts';
import type { Finding } from '../workflows/contracts/finding.ts';

export interface ForgeProject {
  tenantId: string;
  projectId: string;
  repositoryUrl: string;
}

export interface OpenMergeRequest {
  requestId: string;
  branch: string;
  targetBranch: string;
  commit: string;
  title: string;
  description: string;
}

/** A code forge. Every call is idempotent: it looks up by source branch or fingerprint first. */
export interface Forge {
  readonly name: string;
  /** Opens the merge request of a pushed branch, or updates the one that is open for it. */
  openMergeRequest(project: ForgeProject, input: OpenMergeRequest): Promise<MergeRequestRef>;
  getMergeRequest(project: ForgeProject, ref: MergeRequestRef): Promise<MergeRequestRef>;
  merge(project: ForgeProject, ref: MergeRequestRef): Promise<MergeRequestRef>;
  /** Posts the review's summary and its findings, each once by fingerprint, under the bot's identity. */
  postReview(
    project: ForgeProject,
    ref: MergeRequestRef,
    review: { reviewId: string; verdict: string; summary: string; findings: Finding[] },
  ): Promise<void>;
}
