import { z } from 'zod';
import { Principal, Role } from './principal.ts';

export const Stage = z.enum([
  'RECEIVED',
  'PLANNING',
  'PLAN_READY',
  'EXECUTING',
  'PATCH_READY',
  'MR_OPENED',
  'REVIEWED',
  'DONE',
  'BLOCKED',
  'CANCELLED',
  'FAILED',
]);
export type Stage = z.infer<typeof Stage>;

export const terminalStages: readonly Stage[] = ['DONE', 'CANCELLED', 'FAILED'];

/** For what a request waits. The first five make the stage BLOCKED; the others keep their stage. */
export const AwaitingKind = z.enum([
  'answer',
  'policy-waiver',
  'budget',
  'retry',
  'reopen',
  'slot',
  'plan-approval',
  'patch-approval',
  'merge',
]);
export type AwaitingKind = z.infer<typeof AwaitingKind>;

const blocking = ['answer', 'policy-waiver', 'budget', 'retry', 'reopen'] as const satisfies readonly AwaitingKind[];
/** The kinds of waiting that need a person before anything goes on. */
export type BlockingAwait = (typeof blocking)[number];
export const blockingAwaits: readonly AwaitingKind[] = blocking;

/** One question of the agent with its choices; `id` keys the answer. */
export const AgentQuestion = z.object({
  id: z.string(),
  header: z.string(),
  question: z.string(),
  allowsOther: z.boolean(),
  options: z.array(z.object({ label: z.string(), description: z.string() })),
});
export type AgentQuestion = z.infer<typeof AgentQuestion>;

/** `reason` is a stable code, `message` a sentence for people, `actions` what they may do next. */
export const Awaiting = z.object({
  kind: AwaitingKind,
  sinceMs: z.number(),
  untilMs: z.number().nullable(),
  reason: z.string().nullable(),
  message: z.string(),
  actions: z.array(z.enum(['approve', 'reject', 'amend', 'chat', 'answer', 'retry', 'cancel', 'merge', 'waive', 'topUp'])),
  /** Set for `answer`. */
  questionId: z.string().nullable(),
  questions: z.array(AgentQuestion),
});
export type Awaiting = z.infer<typeof Awaiting>;

export const Outcome = z.enum(['merged', 'no-changes', 'patch', 'cancelled', 'failed']);
export type Outcome = z.infer<typeof Outcome>;

/** A file that a person attached; the bytes are an artifact, delivered outside the checkout. */
export const AttachmentRef = z.object({
  artifactId: z.string(),
  name: z.string(),
  mediaType: z.string(),
  sizeBytes: z.number().int(),
});
export type AttachmentRef = z.infer<typeof AttachmentRef>;

/** A person's remark on lines of a diff, 1-based and inclusive; `old` counts on the side before the change. */
export const Remark = z.object({
  path: z.string(),
  side: z.enum(['old', 'new']),
  startLine: z.number().int().positive(),
  endLine: z.number().int().positive(),
  body: z.string(),
});
export type Remark = z.infer<typeof Remark>;

/**
 * A person's words as the workflow carries them: the text itself stays in the database (`messages` row), so that 1 MB
 * prompts never enter Temporal's history.
 */
export const MessageRef = z.object({
  messageId: z.string(),
  kind: z.enum(['prompt', 'chat', 'amend', 'checks-failed', 'review', 'answer']),
  author: Principal.nullable(),
});
export type MessageRef = z.infer<typeof MessageRef>;

/** `required` distinct approvals by principals that hold one of `roles`; 0 means a recorded rule approves. */
export const GateRule = z.object({
  required: z.number().int().min(0).max(20),
  roles: z.array(Role).min(1),
  /** May the requester vote on their own request? */
  requesterMayVote: z.boolean(),
});
export type GateRule = z.infer<typeof GateRule>;

export const GateSubject = z.object({ kind: z.enum(['plan', 'commit']), id: z.string() });
export type GateSubject = z.infer<typeof GateSubject>;

/** One vote. `by` is null when a recorded rule decided; `rule` then names it. */
export const Decision = z.object({
  decisionId: z.string(),
  vote: z.enum(['approve', 'reject', 'changes-requested']),
  by: Principal.nullable(),
  rule: z.string().nullable(),
  comment: z.string(),
  atMs: z.number(),
  superseded: z.boolean(),
});
export type Decision = z.infer<typeof Decision>;

export const CheckResult = z.object({
  name: z.string(),
  command: z.string(),
  status: z.enum(['passed', 'failed', 'timed-out', 'error']),
  exitCode: z.number().int().nullable(),
  durationMs: z.number(),
});
export type CheckResult = z.infer<typeof CheckResult>;

export const Gate = z.object({
  gateId: z.string(),
  subject: GateSubject,
  rule: GateRule,
  status: z.enum(['open', 'approved', 'rejected', 'superseded', 'expired']),
  openedAtMs: z.number(),
  expiresAtMs: z.number().nullable(),
  closedAtMs: z.number().nullable(),
  decisions: z.array(Decision),
  checks: z.array(CheckResult),
});
export type Gate = z.infer<typeof Gate>;

export const DiffStat = z.object({ files: z.number().int(), insertions: z.number().int(), deletions: z.number().int() });
export type DiffStat = z.infer<typeof DiffStat>;

/** A finalised commit with its verified bundle and session in the artifact store. */
export const Checkpoint = z.object({
  checkpointId: z.string(),
  runId: z.string(),
  baseCommit: z.string(),
  commit: z.string(),
  bundleArtifactId: z.string(),
  sessionArtifactId: z.string().nullable(),
  threadId: z.string().nullable(),
  stat: DiffStat,
  /** Nested repositories, files over the limit and the like: named, never swallowed. */
  warnings: z.array(z.string()),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

export const MergeRequestRef = z.object({
  mergeRequestId: z.string(),
  forge: z.string(),
  number: z.number().int(),
  url: z.string(),
  branch: z.string(),
  targetBranch: z.string(),
  commit: z.string(),
  state: z.enum(['open', 'merged', 'closed']),
  mergeCommit: z.string().nullable(),
});
export type MergeRequestRef = z.infer<typeof MergeRequestRef>;

/** Everything a change-request workflow needs to start; references only, never bulk. */
export const RequestInput = z.object({
  requestId: z.string(),
  tenantId: z.string(),
  projectId: z.string(),
  projectName: z.string(),
  title: z.string(),
  requester: Principal,
  promptMessageId: z.string(),
  submittedAtMs: z.number(),
  baseBranch: z.string(),
  forge: z.string(),
  /** `folder`: a project without git; its request ends with a patch, without a merge request. */
  repositoryKind: z.enum(['git', 'folder']),
  executor: z.string(),
  model: z.string().nullable(),
  effort: z.string().nullable(),
  planFirst: z.boolean(),
  gates: z.object({ plan: GateRule, patch: GateRule }),
  review: z.boolean(),
  limits: z.object({
    wallClockMs: z.number(),
    inactivityMs: z.number(),
    gateExpiryMs: z.number().nullable(),
    repairTurns: z.number().int(),
  }),
});
export type RequestInput = z.infer<typeof RequestInput>;

export const StageInterval = z.object({ stage: Stage, fromMs: z.number(), toMs: z.number().nullable() });
export type StageInterval = z.infer<typeof StageInterval>;

/** The answer to the `status` Query, and what the projection stores: versioned, so that a workflow can be rebuilt from it. */
export const RequestStatus = z.object({
  requestId: z.string(),
  stage: Stage,
  /** Where a BLOCKED request returns to. */
  resumeStage: Stage.nullable(),
  awaiting: Awaiting.nullable(),
  outcome: Outcome.nullable(),
  reason: z.string().nullable(),
  /** The run at work now, if any, and the last one that ended. */
  activeRunId: z.string().nullable(),
  lastRunId: z.string().nullable(),
  runCount: z.number().int(),
  pendingMessageIds: z.array(z.string()),
  checkpoint: Checkpoint.nullable(),
  gate: Gate.nullable(),
  plan: z.object({ planId: z.string(), artifactText: z.string() }).nullable(),
  mergeRequest: MergeRequestRef.nullable(),
  reviewId: z.string().nullable(),
  stages: z.array(StageInterval),
  updatedAtMs: z.number(),
});
export type RequestStatus = z.infer<typeof RequestStatus>;

/** The review of one checkpoint, beside the gate. `posted` once its findings stand on the merge request. @public */
export const ReviewState = z.object({
  reviewId: z.string(),
  commit: z.string(),
  status: z.enum(['due', 'working', 'completed', 'failed']),
  posted: z.boolean(),
});
export type ReviewState = z.infer<typeof ReviewState>;

/**
 * Everything a change-request workflow knows: what it carries through continue-as-new, what the projection stores, and
 * from what `rehydrate` starts it again. Order of projection writes is (epoch, version).
 */
export const RequestSnapshot = z.object({
  schema: z.literal(1),
  epoch: z.number().int(),
  version: z.number().int(),
  input: RequestInput,
  status: RequestStatus,
  /** Messages that no run has handled yet, and those that the active run carries. */
  pending: z.array(MessageRef),
  carried: z.array(MessageRef),
  review: ReviewState.nullable(),
  cancelRequested: z.boolean(),
  mergeRequested: z.boolean(),
  gateCount: z.number().int(),
  reviewCount: z.number().int(),
  /** Delivery ids already handled: inbound messages arrive at least once. */
  seen: z.array(z.string()),
  /** Which run of the workflow, by Temporal's id, stored it; the projection writes it down, a workflow never reads it. */
  writtenBy: z.string().optional(),
});
export type RequestSnapshot = z.infer<typeof RequestSnapshot>;

/** Where the snapshot that a change-request begins from comes from, when it is not its own from before continue-as-new. */
export type RequestOrigin = 'rehydrated';
