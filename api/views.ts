import type { ActivityRow } from '../db/activity.ts';
import type { MergeRequestView } from '../db/merge-requests.ts';
import type { MessageRow } from '../db/messages.ts';
import type { ProjectRow } from '../db/projects.ts';
import type { PromptTemplateRow } from '../db/prompt-templates.ts';
import type { RequestSummary as RequestRow } from '../db/requests.ts';
import type { ReviewRow } from '../db/reviews.ts';
import type { RunRow } from '../db/runs.ts';
import type { Activity, MergeRequest } from './schemas/others.ts';
import type { Project } from './schemas/projects.ts';
import type { PromptTemplate } from './schemas/prompt-templates.ts';
import type { Message, RequestSummary } from './schemas/requests.ts';
import type { Review, RunSummary } from './schemas/runs.ts';

/** Names by id, of people or projects. */
export type Names = ReadonlyMap<string, string>;

/** A project's row as the API shows it; so for the others below. */
export function showProject({ tenantId: _tenantId, warmWorkspaces: _wanted, createdAt, ...rest }: ProjectRow, warmReady: number): Project {
  return { ...rest, warmReady, createdAtMs: createdAt.getTime() };
}

export function showRequest(row: RequestRow, names: { projects: Names; people: Names }): RequestSummary {
  return {
    requestId: row.requestId,
    title: row.title,
    project: { projectId: row.projectId, name: names.projects.get(row.projectId) ?? row.projectId },
    requester: { id: row.requesterId, name: names.people.get(row.requesterId) ?? row.requesterId },
    stage: row.stage,
    awaiting: row.awaiting,
    outcome: row.outcome as RequestSummary['outcome'],
    mergeRequest: row.mergeRequest && { number: row.mergeRequest.number, url: row.mergeRequest.url, state: row.mergeRequest.state },
    stat: row.stat,
    stageSinceMs: row.stageSinceMs ?? row.createdAt.getTime(),
    createdAtMs: row.createdAt.getTime(),
    updatedAtMs: row.updatedAt.getTime(),
    closedAtMs: row.closedAt?.getTime() ?? null,
  };
}

/** `answers`: the checkpoint commit of each run that made one. */
export function showMessage(row: MessageRow, people: Names, answers: Names): Message {
  return {
    messageId: row.messageId,
    kind: row.kind,
    author: row.authorId === null ? null : { id: row.authorId, name: people.get(row.authorId) ?? row.authorId },
    body: row.body,
    attachments: row.attachments,
    remarks: row.remarks,
    subjectId: row.subjectId,
    disposition: row.disposition,
    runId: row.runId,
    answeredBy: row.runId === null ? null : (answers.get(row.runId) ?? null),
    createdAtMs: row.createdAt.getTime(),
  };
}

export function showRun(row: RunRow): RunSummary {
  return {
    runId: row.runId,
    requestId: row.requestId,
    ordinal: row.ordinal,
    purpose: row.purpose as RunSummary['purpose'],
    status: row.status,
    reason: row.reason as RunSummary['reason'],
    message: row.message,
    attempts: row.attempts,
    checkpoint: row.checkpoint,
    checks: row.checks,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    createdAtMs: row.createdAt.getTime(),
    endedAtMs: row.endedAt?.getTime() ?? null,
  };
}

export function showReview({ tenantId: _tenantId, createdAt, ...rest }: ReviewRow): Review {
  return { ...rest, createdAtMs: createdAt.getTime() };
}

export function showMergeRequest({ tenantId: _tenantId, createdAt, updatedAt, ...rest }: MergeRequestView): MergeRequest {
  return { ...rest, createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() };
}

export function showPromptTemplate({ templateId, name, body, projectId }: PromptTemplateRow): PromptTemplate {
  return { templateId, name, body, projectId };
}

export function showActivity({ tenantId: _tenantId, createdAt, ...rest }: ActivityRow): Activity {
  return { ...rest, createdAtMs: createdAt.getTime() };
}
