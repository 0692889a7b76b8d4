import { z } from 'zod';
import { SetupKey } from './setup-snapshot.ts';

/** What a turn starts with. `file` names one that the supervisor fetched from the gateway into the attachments folder. */
export const TurnInput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('attachment'), artifactId: z.string(), name: z.string(), mediaType: z.string() }),
]);
export type TurnInput = z.infer<typeof TurnInput>;

const base = { messageId: z.string() };

/**
 * Commands to a supervisor: one file each in its inbox, `<seq>-<messageId>.json`. Forwarded once, in order; a repeated
 * delivery of the same messageId is harmless. Each ends in an event that carries its messageId (or `turn.completed`).
 */
export const SupervisorCommand = z.discriminatedUnion('kind', [
  z.object({
    ...base,
    kind: z.literal('turn'),
    mode: z.enum(['work', 'plan', 'review']),
    input: z.array(TurnInput),
    model: z.string().nullable(),
    effort: z.string().nullable(),
    /** JSON schema of the last message, for plans. */
    outputSchema: z.unknown().nullable(),
    /** For `review`: the commit that the change is compared with. */
    reviewBase: z.string().nullable(),
    wallClockMs: z.number(),
    inactivityMs: z.number(),
  }),
  /** Reaches the running turn (`message.steered`) or is left for the next (`message.queued`). */
  z.object({ ...base, kind: z.literal('steer'), input: z.array(TurnInput) }),
  z.object({ ...base, kind: z.literal('answer'), questionId: z.string(), answers: z.record(z.string(), z.array(z.string())) }),
  z.object({ ...base, kind: z.literal('interrupt') }),
  z.object({ ...base, kind: z.literal('save') }),
  /** Moves work tree and HEAD to a commit of the run repository. */
  z.object({ ...base, kind: z.literal('reset'), commit: z.string() }),
  /** Runs each in turn in the checkout; `exec.completed` after each, `command.done` after the last. */
  z.object({
    ...base,
    kind: z.literal('exec'),
    commands: z.array(z.object({ name: z.string(), command: z.string() })),
    timeoutMs: z.number(),
  }),
  z.object({ ...base, kind: z.literal('stop') }),
]);
export type SupervisorCommand = z.infer<typeof SupervisorCommand>;

export const ExecutorSpec = z.discriminatedUnion('name', [
  z.object({ name: z.literal('codex') }),
  /** Any CLI that edits files: gets the prompt on stdin, and its path in ASTRAFORGE_PROMPT_FILE. */
  z.object({ name: z.literal('command'), command: z.string() }),
  /** No agent: a clean place for checks. */
  z.object({ name: z.literal('none') }),
]);
export type ExecutorSpec = z.infer<typeof ExecutorSpec>;

export const WorkspaceLimits = z.object({
  memoryBytes: z.number(),
  diskBytes: z.number(),
  processes: z.number().int(),
  /** Most that one attempt may write into its event file. */
  outputBytes: z.number(),
});
export type WorkspaceLimits = z.infer<typeof WorkspaceLimits>;

/**
 * The supervisor's job: written by the provisioner before it starts. Holds no secret; the run token arrives as the first
 * line of its stdin.
 */
export const SupervisorJob = z.object({
  workspaceId: z.string(),
  runId: z.string(),
  executor: ExecutorSpec,
  /** Ref and commit of the run repository to check out; the remote is `/git/run.git` of the gateway. */
  checkout: z.object({ ref: z.string(), commit: z.string(), baseCommit: z.string() }),
  session: z.object({ artifactId: z.string(), threadId: z.string() }).nullable(),
  /** Shell command that prepares the checkout, before the agent; null for none. */
  setup: z.string().nullable(),
  /** What an earlier setup of the same key made, used instead of running it; `maxBytes` of files at most. Null: it is always run. */
  snapshot: z.object({ key: SetupKey, maxBytes: z.number() }).nullable().default(null),
  saveEveryMs: z.number(),
  limits: WorkspaceLimits,
  /** Files above this size are left out of the checkpoint and named. */
  maxFileBytes: z.number(),
  model: z.string(),
  /** Where the model answers: behind the gateway, or `inside` for the demo model in the supervisor itself. */
  modelPlace: z.enum(['gateway', 'inside']).default('gateway'),
});
export type SupervisorJob = z.infer<typeof SupervisorJob>;
