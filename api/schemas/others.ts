import { z } from 'zod';
import { AttachmentRef, CheckResult, DiffStat, MergeRequestRef } from '../../workflows/contracts/request.ts';
import { Role } from '../../workflows/contracts/principal.ts';
import { isStorable, Id, PageQuery, pageOf, plainText } from './common.ts';
import { AttachmentUse, MessageResult, RequestCreated } from './requests.ts';
import { Review } from './runs.ts';

/** The upload is the raw body; its `Content-Type` is the media type. */
export const AttachmentQuery = z.object({ name: z.string().max(1000) });
export const Attachment = AttachmentRef;
export const AttachmentParams = z.object({ artifactId: Id });
/** `name`: under which the browser stores it. */
export const AttachmentDownloadQuery = z.object({ name: z.string().max(1000).optional() });

/** What a chat integration posts. Exactly one of `requestId` and `projectName`; `deliveryId` makes a repetition harmless. */
export const ChatCreate = z
  .object({
    requestId: Id.optional(),
    projectName: plainText(200).min(1).optional(),
    text: z.string().refine(isStorable, 'holds a NUL character or a broken surrogate pair'),
    deliveryId: plainText(200).min(1),
    attachments: z.array(AttachmentUse).max(100).default([]),
  })
  .refine((body) => (body.requestId === undefined) !== (body.projectName === undefined), 'name either requestId or projectName')
  .meta({ id: 'ChatCreate' });
export type ChatCreate = z.infer<typeof ChatCreate>;

export const ChatResult = z.object({ request: RequestCreated.nullable(), message: MessageResult.nullable() }).meta({ id: 'ChatResult' });

export const MergeRequest = z
  .object({
    mergeRequestId: z.string(),
    requestId: z.string(),
    projectId: z.string(),
    forge: z.string(),
    number: z.number().int(),
    title: z.string(),
    description: z.string(),
    ref: MergeRequestRef,
    state: z.enum(['open', 'merged', 'closed']),
    /** The run that made its commit, for the diff. */
    runId: z.string().nullable(),
    stat: DiffStat.nullable(),
    /** The project's checks on its commit. */
    checks: z.array(CheckResult),
    /** What the automated review of its commit came to; null until it is complete. */
    reviewed: z.object({ verdict: z.string().nullable(), findings: z.number().int() }).nullable(),
    createdAtMs: z.number(),
    updatedAtMs: z.number(),
  })
  .meta({ id: 'MergeRequest' });
export type MergeRequest = z.infer<typeof MergeRequest>;
export const MergeRequestPage = pageOf(MergeRequest).meta({ id: 'MergeRequestPage' });
export const MergeRequestListQuery = PageQuery.extend({
  state: z.enum(['open', 'merged', 'closed']).optional(),
  projectId: Id.optional(),
  requestId: Id.optional(),
});
export const MergeRequestParams = z.object({ mergeRequestId: Id });

export const MergeRequestDetail = MergeRequest.extend({
  notes: z.array(
    z.object({
      noteId: z.string(),
      author: z.string(),
      path: z.string().nullable(),
      line: z.number().int().nullable(),
      body: z.string(),
      createdAtMs: z.number(),
    }),
  ),
  /** The review of the merge request's commit, or the latest one. */
  review: Review.nullable(),
}).meta({ id: 'MergeRequestDetail' });

export const Activity = z
  .object({
    activityId: z.string(),
    requestId: z.string().nullable(),
    actor: z.string(),
    verb: z.string(),
    detail: z.record(z.string(), z.unknown()),
    createdAtMs: z.number(),
  })
  .meta({ id: 'Activity' });
export type Activity = z.infer<typeof Activity>;
export const ActivityPage = pageOf(Activity).meta({ id: 'ActivityPage' });
export const ActivityListQuery = PageQuery.extend({ requestId: Id.optional() });

export const Me = z
  .object({
    principal: z.object({ id: z.string(), name: z.string(), email: z.string(), roles: z.array(Role) }),
    tenantId: z.string(),
  })
  .meta({ id: 'Me' });

export const People = z
  .object({ items: z.array(z.object({ id: z.string(), name: z.string(), roles: z.array(Role) })) })
  .meta({ id: 'People' });

export const SessionCreate = z.object({ token: z.string().max(500) }).meta({ id: 'SessionCreate' });
export const SessionEnd = z.object({ status: z.literal('signed-out') }).meta({ id: 'SessionEnd' });

/** What submits and projects may choose from. `models` and `efforts` are proposals; another name is passed on as it is. */
export const Options = z
  .object({
    executors: z.array(z.string()),
    defaultExecutor: z.string(),
    models: z.array(z.string()),
    efforts: z.array(z.string()),
    forges: z.array(z.string()),
    egressPresets: z.array(z.string()),
    /** The model is a scripted stand-in, since no key was given. */
    demoModel: z.boolean(),
    /** Address of Temporal Web. */
    temporalUi: z.string().nullable(),
    /** What people must keep in mind for as long as it is so, a sentence each; every answer carries them as `AstraForge-Warning` too. */
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Options' });

export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
export const Readiness = z
  .object({ status: z.enum(['ok', 'unavailable']), parts: z.record(z.string(), z.enum(['ok', 'unavailable'])) })
  .meta({ id: 'Readiness' });

export const SignInQuery = z.object({ token: z.string().max(500), next: z.string().max(2000).optional() });
