import { z } from 'zod';
import { AgentQuestion, CheckResult, Decision, MergeRequestRef, Stage } from './request.ts';
import { FailureReason, RunPurpose, TokenUsage } from './run.ts';
import { Finding } from './finding.ts';

const messageId = z.string();
const itemId = z.string();
const commit = z.string();

/**
 * Steps on the way to a workspace. `pull`, `build` and `bootstrap` (on a root file system of its own) make an image, `wait`s for another
 * process that makes it, `probe` tries the isolation with it; `service` starts a side container until its port answers.
 */
const preparationStep = z.enum(['pull', 'build', 'bootstrap', 'wait', 'probe', 'service']);

/** Events that a supervisor writes into `events.jsonl`; untrusted, validated by the watcher. */
const supervisorEvents = {
  'workspace.ready': z.object({ pid: z.number().int(), startedInMs: z.number() }),
  'setup.output': z.object({ text: z.string() }),
  'turn.started': z.object({ turnId: z.string(), threadId: z.string().nullable() }),
  'turn.completed': z.object({
    status: z.enum(['completed', 'interrupted', 'failed']),
    threadId: z.string().nullable(),
    tipCommit: commit.nullable(),
    sessionArtifactId: z.string().nullable(),
    warnings: z.array(z.string()),
    lastMessage: z.string(),
    reason: FailureReason.nullable(),
    error: z.string().nullable(),
  }),
  'agent.delta': z.object({ itemId, text: z.string() }),
  'agent.message': z.object({ itemId, text: z.string() }),
  'agent.reasoning': z.object({ itemId, text: z.string() }),
  'agent.plan': z.object({ steps: z.array(z.object({ step: z.string(), status: z.string() })) }),
  'command.started': z.object({ itemId, command: z.string(), cwd: z.string() }),
  /** `precedes`: the agent told it only at the command's end, but it stands before what was streamed. */
  'command.output': z.object({ itemId, text: z.string(), precedes: z.literal(true).optional() }),
  'command.completed': z.object({ itemId, exitCode: z.number().int().nullable(), durationMs: z.number().nullable() }),
  'file.changed': z.object({ itemId, changes: z.array(z.object({ path: z.string(), kind: z.string() })) }),
  'question.asked': z.object({ questionId: z.string(), questions: z.array(AgentQuestion) }),
  'question.answered': z.object({ questionId: z.string(), answers: z.record(z.string(), z.array(z.string())) }),
  'message.steered': z.object({ messageId }),
  'message.queued': z.object({ messageId, reason: z.string() }),
  usage: TokenUsage,
  saved: z.object({ commit, sessionArtifactId: z.string().nullable(), threadId: z.string().nullable() }),
  'exec.output': z.object({ name: z.string(), text: z.string() }),
  'exec.completed': CheckResult.extend({ messageId }),
  /** A delivered command that ended, other than a turn; `code` is that of the DomainError that ended it, where there was one. */
  'command.done': z.object({ messageId, ok: z.boolean(), error: z.string().nullable(), code: z.string().optional() }),
  'git.command': z.object({ argv: z.array(z.string()), exitCode: z.number().int().nullable(), durationMs: z.number() }),
  'egress.refused': z.object({ host: z.string(), port: z.number().int(), reason: z.string() }),
  'limit.exceeded': z.object({ reason: FailureReason, message: z.string() }),
  warning: z.object({ message: z.string() }),
  error: z.object({ message: z.string() }),
  /** A notification of the agent that has no name here: passed through. */
  raw: z.object({ method: z.string(), params: z.unknown() }),
} as const;

/** Events that the control plane writes. */
const controlEvents = {
  'request.submitted': z.object({ title: z.string(), by: z.string() }),
  'request.stage': z.object({ from: Stage, to: Stage, reason: z.string().nullable() }),
  'request.message': z.object({ messageId, kind: z.string(), by: z.string(), text: z.string() }),
  'message.withdrawn': z.object({ messageId, by: z.string() }),
  'run.started': z.object({ ordinal: z.number().int(), purpose: RunPurpose }),
  'run.attempt': z.object({
    attempt: z.number().int(),
    host: z.string(),
    provisioner: z.string(),
    resumedFrom: commit.nullable(),
    /** How long ago its workspace was made, where it was made before the run; what follows of its making is as old. */
    warmForMs: z.number().optional(),
  }),
  'run.ended': z.object({ status: z.string(), reason: FailureReason.nullable(), message: z.string() }),
  /** What a workspace waits for before it is there: a subject (an image, a service) that is pulled, built, started or waited for. */
  'preparation.started': z.object({ step: preparationStep, subject: z.string() }),
  'preparation.completed': z.object({
    step: preparationStep,
    subject: z.string(),
    ok: z.boolean(),
    durationMs: z.number(),
    /** Why it failed; empty otherwise. */
    message: z.string(),
  }),
  'checkpoint.created': z.object({
    commit,
    files: z.number(),
    insertions: z.number(),
    deletions: z.number(),
    warnings: z.array(z.string()),
  }),
  /** A turn or an answer was put into a workspace's inbox: what a watcher that starts again counts from. */
  'message.delivered': z.object({ messageId, kind: z.enum(['turn', 'answer']), questionId: z.string().nullable() }),
  'check.started': z.object({ name: z.string(), command: z.string() }),
  'gate.opened': z.object({ gateId: z.string(), subject: z.string(), required: z.number().int() }),
  'gate.closed': z.object({ gateId: z.string(), status: z.string() }),
  'gate.decision': z.object({ gateId: z.string(), decision: Decision }),
  'merge-request.opened': MergeRequestRef,
  'merge-request.updated': MergeRequestRef,
  'merge-request.merged': MergeRequestRef,
  'review.started': z.object({ reviewId: z.string(), commit }),
  'review.completed': z.object({ reviewId: z.string(), verdict: z.string(), summary: z.string(), findings: z.array(Finding) }),
} as const;

const schemas = { ...supervisorEvents, ...controlEvents };
export type EventType = keyof typeof schemas;
export type EventData<T extends EventType> = z.infer<(typeof schemas)[T]>;
export type SupervisorEventType = keyof typeof supervisorEvents;

/** An event before the log gave it its place. `emittedAtMs` is the clock of whoever saw it first. */
export type NewEvent<T extends EventType = EventType> = { [K in T]: { type: K; emittedAtMs: number; data: EventData<K> } }[T];

/** A line of the run log. `seq` is dense and increasing within a request. */
export type LogEvent = NewEvent & { seq: number; requestId: string; runId: string | null; attempt: number | null };

/** One line of `events.jsonl` as the supervisor writes it. */
export type SupervisorEvent = NewEvent<SupervisorEventType>;

const envelope = z.object({ type: z.string(), emittedAtMs: z.number(), data: z.unknown() });

/** Parses one line of a supervisor's file; throws a ZodError on a foreign shape and on a type that only the control plane may write. */
export function parseSupervisorEvent(value: unknown): SupervisorEvent {
  const { type, emittedAtMs, data } = envelope.parse(value);
  if (!Object.hasOwn(supervisorEvents, type))
    throw new z.ZodError([{ code: 'custom', path: ['type'], message: `unknown event type ${type}`, input: type }]);
  return { type, emittedAtMs, data: supervisorEvents[type as SupervisorEventType].parse(data) } as SupervisorEvent;
}

/** The zod schema of each event's data by type: for the OpenAPI document and for readers. */
export const eventSchemas: Readonly<Record<EventType, z.ZodType>> = schemas;
