import { z } from 'zod';
import { AgentQuestion, Checkpoint, CheckResult, MessageRef, RequestInput } from './request.ts';
import { Finding } from './finding.ts';

/** Why a run exists. `plan` and `review` are read-only turns with a structured answer. */
export const RunPurpose = z.enum(['plan', 'implement', 'follow-up', 'repair']);
export type RunPurpose = z.infer<typeof RunPurpose>;

/** Why an attempt or a run ended other than well: the stable codes that people, tests and the UI see. */
export const FailureReason = z.enum([
  'place-lost',
  'place-unreachable',
  'supervisor-gone',
  'agent-exit',
  'agent-error',
  'agent-garbage',
  'agent-output-limit',
  'agent-memory',
  'agent-disk',
  'agent-processes',
  'wall-clock',
  'inactivity',
  'tampered',
  'model-refused',
  'repository',
  'setup-failed',
  'isolation',
  'checkpoint-failed',
  'cancelled',
  'internal',
]);
export type FailureReason = z.infer<typeof FailureReason>;

/** Only these lose the place, not the agent's work: the next attempt resumes the last save. */
export const placeLostReasons: readonly FailureReason[] = ['place-lost', 'supervisor-gone'];

/** These end a run for want of a place or of time, and say nothing against its work: a run that follows resumes the last save. */
export const unfinishedReasons: readonly FailureReason[] = [...placeLostReasons, 'place-unreachable', 'wall-clock', 'inactivity'];

export const TokenUsage = z.object({ inputTokens: z.number(), cachedInputTokens: z.number(), outputTokens: z.number() });
export type TokenUsage = z.infer<typeof TokenUsage>;

/** Input of the agent-run workflow. */
export const RunInput = z.object({
  runId: z.string(),
  ordinal: z.number().int(),
  purpose: RunPurpose,
  request: RequestInput,
  messages: z.array(MessageRef),
  /** What the workspace starts from: null for the base branch. */
  from: Checkpoint.nullable(),
  /** The last commit pushed to the forge, so that a follow-up builds on what is published. */
  plan: z.string().nullable(),
  createdAtMs: z.number(),
});
export type RunInput = z.infer<typeof RunInput>;

/** Where an attempt's workspace lives. */
export const WorkspaceRef = z.object({
  workspaceId: z.string(),
  hostId: z.string(),
  provisioner: z.string(),
  runId: z.string(),
  attempt: z.number().int(),
  /** Whether the project has check commands at all: a run without them saves the step. */
  hasChecks: z.boolean(),
});
export type WorkspaceRef = z.infer<typeof WorkspaceRef>;

/** A turn's tip as a checkpoint. `unchanged`: its tree is that of the base. */
export const Finalised = z.object({ checkpoint: Checkpoint, unchanged: z.boolean() });
export type Finalised = z.infer<typeof Finalised>;

/** How watching a turn ended. `question` leaves the agent waiting in its turn: deliver the answer and watch again. */
export const TurnOutcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('completed'),
    threadId: z.string().nullable(),
    /** Commit that the supervisor pushed to the run repository: work tree on top of the agent's own commits. */
    tipCommit: z.string().nullable(),
    sessionArtifactId: z.string().nullable(),
    warnings: z.array(z.string()),
    /** The agent's last message: a plan's JSON, a review's text. */
    lastMessage: z.string(),
    steeredMessageIds: z.array(z.string()),
    usage: TokenUsage,
    /** What the host made of the tip at once; without it the workflow asks for it. */
    finalised: Finalised.optional(),
  }),
  z.object({ kind: z.literal('interrupted'), steeredMessageIds: z.array(z.string()) }),
  z.object({
    kind: z.literal('question'),
    questionId: z.string(),
    questions: z.array(AgentQuestion),
    steeredMessageIds: z.array(z.string()),
  }),
  z.object({ kind: z.literal('failed'), reason: FailureReason, message: z.string(), steeredMessageIds: z.array(z.string()) }),
]);
export type TurnOutcome = z.infer<typeof TurnOutcome>;

/** Result of the agent-run workflow: it always ends, with its true reason. `handledMessageIds` were input or steered. */
export const RunResult = z.object({
  runId: z.string(),
  status: z.enum(['succeeded', 'failed', 'cancelled']),
  reason: FailureReason.nullable(),
  message: z.string(),
  attempts: z.number().int(),
  checkpoint: Checkpoint.nullable(),
  /** True when the work tree equals the base: nothing to approve. */
  unchanged: z.boolean(),
  plan: z.string().nullable(),
  checks: z.array(CheckResult),
  handledMessageIds: z.array(z.string()),
});
export type RunResult = z.infer<typeof RunResult>;

/** Input and result of the automated-review workflow. */
export const ReviewInput = z.object({
  reviewId: z.string(),
  request: RequestInput,
  checkpoint: Checkpoint,
});
export type ReviewInput = z.infer<typeof ReviewInput>;

export const ReviewResult = z.object({
  reviewId: z.string(),
  status: z.enum(['completed', 'failed']),
  verdict: z.enum(['approve', 'comment', 'request-changes']),
  summary: z.string(),
  findings: z.array(Finding),
});
export type ReviewResult = z.infer<typeof ReviewResult>;
