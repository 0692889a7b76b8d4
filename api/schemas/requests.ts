import { z } from 'zod';
import {
  AttachmentRef,
  Awaiting,
  AwaitingKind,
  CheckResult,
  Checkpoint,
  DiffStat,
  Gate,
  MergeRequestRef,
  Outcome,
  Remark,
  RequestStatus,
  Stage,
} from '../../workflows/contracts/request.ts';
import { limits } from '../limits.ts';
import { commaList, Id, isStorable, PageQuery, pageOf, PersonRef, plainText } from './common.ts';
import { BranchName } from './projects.ts';
import { Review, RunSummary } from './runs.ts';

const comment = plainText(limits.commentLength).default('');
/** Words of a person. Emptiness and size have codes of their own (`empty-prompt`, `prompt-too-large`), checked by `checkProse`. */
const prose = z.string().refine(isStorable, 'holds a NUL character or a broken surrogate pair');

/** An uploaded attachment, by the id that the upload answered, and the name under which the agent sees it. */
export const AttachmentUse = z
  .object({ artifactId: Id, name: z.string().max(1000), mediaType: plainText(200).optional() })
  .meta({ id: 'AttachmentUse' });
export type AttachmentUse = z.infer<typeof AttachmentUse>;
const attachments = z.array(AttachmentUse).max(100).default([]);

export const RequestCreate = z
  .object({
    /** Name or id of the project. */
    project: plainText(200).min(1),
    prompt: prose,
    attachments,
    /** Default: the prompt's first line. */
    title: plainText(limits.titleLength).min(1).optional(),
    baseBranch: BranchName.optional(),
    executor: plainText(100).min(1).optional(),
    model: plainText(200).min(1).optional(),
    effort: plainText(100).min(1).optional(),
    planFirst: z.boolean().optional(),
    review: z.boolean().optional(),
  })
  .meta({ id: 'RequestCreate' });
export type RequestCreate = z.infer<typeof RequestCreate>;

const delivery = {
  /** `delivered`: the workflow has it. `accepted`: stored; it is delivered as soon as the workflow can take it. */
  state: z.enum(['delivered', 'accepted']),
  deliveryId: z.string(),
};

export const RequestCreated = z
  .object({ ...delivery, requestId: z.string(), title: z.string(), messageId: z.string(), stage: Stage })
  .meta({ id: 'RequestCreated' });
export type RequestCreated = z.infer<typeof RequestCreated>;

export const ActionResult = z
  .object({
    ...delivery,
    requestId: z.string(),
    /** Stage after the action; null while only `accepted`. */
    stage: Stage.nullable(),
    /** The run that carries a message; null when it starts one or is not known yet. */
    runId: z.string().nullable(),
    duplicate: z.boolean(),
  })
  .meta({ id: 'ActionResult' });
export type ActionResult = z.infer<typeof ActionResult>;

export const MessageResult = ActionResult.extend({
  messageId: z.string(),
  /** How it reached the agent, as far as known within the wait. */
  disposition: z.enum(['accepted', 'steered', 'queued', 'carried']),
}).meta({ id: 'MessageResult' });
export type MessageResult = z.infer<typeof MessageResult>;

const line = z.number().int().min(1).max(limits.lineMax);
const RemarkCreate = z
  .object({
    /** Path inside the repository, as the diff names it. */
    path: plainText(limits.pathLength).min(1),
    /** `old`: lines before the change. */
    side: z.enum(['old', 'new']),
    startLine: line,
    /** Inclusive. */
    endLine: line,
    body: plainText(limits.commentLength).refine((text) => text.trim() !== '', 'holds no words'),
  })
  .refine(({ startLine, endLine }) => startLine <= endLine, { path: ['endLine'], message: 'is before startLine' })
  .meta({ id: 'RemarkCreate' });

export const MessageCreate = z
  .object({
    kind: z.enum(['chat', 'amend']).default('chat'),
    /** May be empty when there are remarks. */
    text: prose.default(''),
    attachments,
    /** Remarks on lines of the diff; the agent reads them after the text. */
    remarks: z.array(RemarkCreate).max(limits.remarksPerMessage).default([]),
    /** The commit or plan that this is about; needed for `amend`. */
    subjectId: plainText(200).min(1).optional(),
  })
  .meta({ id: 'MessageCreate' });
export type MessageCreate = z.infer<typeof MessageCreate>;

export const DecisionCreate = z
  .object({
    vote: z.enum(['approve', 'reject']),
    /** The commit or plan that was looked at: a vote on an older one is refused. */
    subjectId: plainText(200).min(1),
    comment,
  })
  .meta({ id: 'DecisionCreate' });

export const AnswerCreate = z
  .object({
    questionId: plainText(200).min(1),
    /** Keyed by the question's id. */
    answers: z
      .record(plainText(200), z.array(plainText(limits.commentLength)).max(50))
      .refine(
        (answers) => Buffer.byteLength(JSON.stringify(answers)) <= limits.answerBytes,
        `holds more than ${limits.answerBytes} bytes; say the rest in a message`,
      ),
  })
  .meta({ id: 'AnswerCreate' });
export const CancelCreate = z.object({ reason: comment }).meta({ id: 'CancelCreate' });
export const RetryCreate = z.object({ comment }).meta({ id: 'RetryCreate' });
export const MergeCreate = z.object({ subjectId: plainText(200).min(1) }).meta({ id: 'MergeCreate' });

/** What a list shows of a merge request. */
const MergeRequestBrief = z.object({ number: z.number().int(), url: z.string(), state: MergeRequestRef.shape.state });

export const RequestSummary = z
  .object({
    requestId: z.string(),
    title: z.string(),
    project: z.object({ projectId: z.string(), name: z.string() }),
    requester: PersonRef,
    stage: Stage,
    awaiting: Awaiting.nullable(),
    outcome: Outcome.nullable(),
    mergeRequest: MergeRequestBrief.nullable(),
    /** What the latest checkpoint changes. */
    stat: DiffStat.nullable(),
    /** When the request came to its stage. */
    stageSinceMs: z.number(),
    createdAtMs: z.number(),
    updatedAtMs: z.number(),
    closedAtMs: z.number().nullable(),
  })
  .meta({ id: 'RequestSummary' });
export type RequestSummary = z.infer<typeof RequestSummary>;
export const RequestPage = pageOf(RequestSummary).meta({ id: 'RequestPage' });

export const RequestListQuery = PageQuery.extend({
  /** Stages, comma separated. */
  stage: commaList(Stage, Stage.options.length).optional(),
  /** `open`: not DONE, CANCELLED or FAILED. */
  state: z.enum(['open', 'closed']).optional(),
  /** Name or id. */
  project: plainText(200).optional(),
  /** A person's id, or `me`. */
  requester: Id.optional(),
  /** Part of the title or of the prompt's first 20,000 characters in any case, or the request's id. */
  text: plainText(limits.searchLength).optional(),
  /** What it waits for, comma separated. */
  awaiting: commaList(AwaitingKind, AwaitingKind.options.length).optional(),
});

export const Message = z
  .object({
    messageId: z.string(),
    kind: z.enum(['prompt', 'chat', 'amend', 'checks-failed', 'review', 'answer']),
    author: PersonRef.nullable(),
    body: z.string(),
    attachments: z.array(AttachmentRef),
    remarks: z.array(Remark),
    /** The commit or plan that it is about. */
    subjectId: z.string().nullable(),
    /** `queued` waits for the next run and may be withdrawn. */
    disposition: z.enum(['accepted', 'steered', 'queued', 'carried', 'rejected', 'withdrawn']),
    /** The run that carried it. */
    runId: z.string().nullable(),
    /** Checkpoint commit of that run: where the answer is. */
    answeredBy: z.string().nullable(),
    createdAtMs: z.number(),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

/** Everything a page about one request shows. `status` is null only in the moment before the workflow's first write. */
export const RequestDetail = RequestSummary.extend({
  /** Where `status` comes from: the workflow's Query, or the projection (closed, or the workflow did not answer in time). */
  source: z.enum(['workflow', 'projection']),
  status: RequestStatus.nullable(),
  gate: Gate.nullable(),
  gates: z.array(Gate),
  checkpoint: Checkpoint.nullable(),
  checks: z.array(CheckResult),
  mergeRequest: MergeRequestRef.nullable(),
  review: Review.nullable(),
  messages: z.array(Message),
  runs: z.array(RunSummary),
  /** Its place among the runs that wait for a slot of the tenant, from 1; null when it does not wait. */
  queue: z.object({ position: z.number().int(), total: z.number().int() }).nullable(),
  links: z.object({ temporal: z.string().nullable() }),
}).meta({ id: 'RequestDetail' });
export type RequestDetail = z.infer<typeof RequestDetail>;

export const RequestParams = z.object({ requestId: Id });
export const MessageParams = z.object({ requestId: Id, messageId: Id });
