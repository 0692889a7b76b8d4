import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { getMergeRequest, insertNote, nextMergeRequestNumber, upsertMergeRequest } from '../../db/merge-requests.ts';
import type { MergeRequestRow } from '../../db/merge-requests.ts';
import type { Database, Tx } from '../../db/port.ts';
import { mergeRequests } from '../../db/schema.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { MergeRequestRef } from '../../workflows/contracts/request.ts';
import type { GitService } from '../../workspace/gateway/git/port.ts';
import type { Forge, ForgeProject, OpenMergeRequest } from '../port.ts';
import { LocalRepositoryPath } from './schema.ts';

export interface LocalForgeDeps {
  database: Database;
  git: Pick<GitService, 'mergeLocal'>;
  /** Where the pages are reached: `<publicUrl>/merge-requests/<id>`. */
  publicUrl: string;
  /** Author and committer of merges, author of reviews. */
  bot: { name: string; email: string };
  now(): number;
}

const forgeName = 'local';

type Review = Parameters<Forge['postReview']>[2];

/** Merge requests as rows over a repository on this machine. Every call may be repeated. */
export function createLocalForge(deps: LocalForgeDeps): Forge {
  const { database } = deps;
  return {
    name: forgeName,
    openMergeRequest: (project, input) => database.withTenant(project.tenantId, (tx) => open(deps, tx, project, input)),
    getMergeRequest: async (project, ref) =>
      (await database.withTenant(project.tenantId, (tx) => requireRow(tx, project, ref.mergeRequestId))).ref,
    merge: (project, ref) => merge(deps, project, ref),
    postReview: (project, ref, review) => database.withTenant(project.tenantId, (tx) => post(deps, tx, project, ref, review)),
  };
}

/** The lock on the project's numbers comes first: of two calls for a branch, the second sees the first one's row. */
async function open(deps: LocalForgeDeps, tx: Tx, project: ForgeProject, input: OpenMergeRequest): Promise<MergeRequestRef> {
  const number = await nextMergeRequestNumber(tx, project.projectId);
  const current = await findOfBranch(tx, project, input);
  if (current && current.state !== 'open') return current.ref;
  const mergeRequestId = current?.mergeRequestId ?? uuid();
  const ref: MergeRequestRef = {
    mergeRequestId,
    forge: forgeName,
    number: current?.number ?? number,
    url: `${deps.publicUrl}/merge-requests/${mergeRequestId}`,
    branch: input.branch,
    targetBranch: input.targetBranch,
    commit: input.commit,
    state: 'open',
    mergeCommit: null,
  };
  await upsertMergeRequest(tx, {
    tenantId: project.tenantId,
    requestId: input.requestId,
    projectId: project.projectId,
    title: input.title,
    description: input.description,
    ref,
  });
  return ref;
}

/** The open merge request of the branch, or one that ended with this very commit: a repeated call after a merge. */
async function findOfBranch(tx: Tx, project: ForgeProject, input: OpenMergeRequest): Promise<MergeRequestRow | null> {
  const rows = await tx
    .select()
    .from(mergeRequests)
    .where(
      and(
        eq(mergeRequests.projectId, project.projectId),
        eq(mergeRequests.forge, forgeName),
        sql`${mergeRequests.ref}->>'branch' = ${input.branch}`,
      ),
    )
    .orderBy(sql`${mergeRequests.number} desc`);
  return rows.find((row) => row.state === 'open') ?? rows.find((row) => row.state === 'merged' && row.ref.commit === input.commit) ?? null;
}

async function requireRow(tx: Tx, project: ForgeProject, mergeRequestId: string): Promise<MergeRequestRow> {
  const row = await getMergeRequest(tx, mergeRequestId);
  if (row?.projectId === project.projectId && row.forge === forgeName) return row;
  throw new DomainError('permanent', 'unknown-merge-request', `forge: there is no merge request ${mergeRequestId}; open it again`);
}

/** Git first, then the row: a crash between them leaves a merge that the repetition finds. */
async function merge(deps: LocalForgeDeps, project: ForgeProject, ref: MergeRequestRef): Promise<MergeRequestRef> {
  const row = await deps.database.withTenant(project.tenantId, (tx) => requireRow(tx, project, ref.mergeRequestId));
  if (row.state === 'merged') return row.ref;
  if (row.state === 'closed') {
    throw new DomainError(
      'permanent',
      'merge-request-closed',
      `merge: merge request !${row.number} was closed; reopen it or ask for a follow-up`,
    );
  }
  if (row.ref.commit !== ref.commit) {
    throw new DomainError(
      'permanent',
      'merge-request-moved',
      `merge: merge request !${row.number} is at ${row.ref.commit} by now, not at ${ref.commit}; look at it and merge again`,
      { details: { expected: ref.commit, actual: row.ref.commit } },
    );
  }
  const { mergeCommit } = await deps.git.mergeLocal({
    repositoryPath: repositoryPath(project),
    commit: row.ref.commit,
    targetBranch: row.ref.targetBranch,
    message: mergeMessage(row),
    identity: { author: deps.bot, committer: deps.bot, coAuthors: [], signOff: false, signingKeyFile: null },
    atMs: deps.now(),
  });
  const merged: MergeRequestRef = { ...row.ref, state: 'merged', mergeCommit };
  await deps.database.withTenant(project.tenantId, (tx) => upsertMergeRequest(tx, { ...texts(row), ref: merged }));
  return merged;
}

function texts(row: MergeRequestRow): Pick<MergeRequestRow, 'tenantId' | 'requestId' | 'projectId' | 'title' | 'description'> {
  const { tenantId, requestId, projectId, title, description } = row;
  return { tenantId, requestId, projectId, title, description };
}

function repositoryPath(project: ForgeProject): string {
  const parsed = LocalRepositoryPath.safeParse(project.repositoryUrl);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map((issue) => issue.message).join('; ');
  throw new DomainError('permanent', 'unsupported-url', `merge: ${reason}; correct the project's repository`);
}

function mergeMessage(row: MergeRequestRow): string {
  return `Merge branch '${row.ref.branch}' into '${row.ref.targetBranch}'\n\n${row.title}\n\nMerge request !${row.number}: ${row.ref.url}`;
}

/** The summary is a note of the review, each finding one of its fingerprint: what is there stays as it is. */
async function post(deps: LocalForgeDeps, tx: Tx, project: ForgeProject, ref: MergeRequestRef, review: Review): Promise<void> {
  const row = await requireRow(tx, project, ref.mergeRequestId);
  const note = { tenantId: project.tenantId, mergeRequestId: row.mergeRequestId, author: deps.bot.name };
  await insertNote(tx, {
    ...note,
    noteId: uuid(),
    fingerprint: `review:${review.reviewId}`,
    path: null,
    line: null,
    body: `**Review: ${review.verdict}**\n\n${review.summary}`,
  });
  for (const finding of review.findings) {
    await insertNote(tx, {
      ...note,
      noteId: uuid(),
      fingerprint: `finding:${finding.fingerprint}`,
      path: finding.path,
      line: finding.startLine,
      body: `**${finding.severity}: ${finding.title}**\n\n${finding.body}`,
    });
  }
}
