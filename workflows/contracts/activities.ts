import type { NewEvent } from './events.ts';
import type { Checkpoint, CheckResult, Gate, MergeRequestRef, MessageRef, RequestInput, RequestSnapshot } from './request.ts';
import type { Finalised, ReviewInput, ReviewResult, RunInput, RunResult, TokenUsage, TurnOutcome, WorkspaceRef } from './run.ts';

/** Database steps; local activities of the worker on `control`. All idempotent. */
export interface ProjectionActivities {
  /**
   * Stores the snapshot unless a later (epoch, version) is there, and appends the events once per (epoch, version). A later one that
   * another run of the same workflow wrote, while this is the current one, was written before a reset: then this one is stored under a
   * raised epoch. Answers the epoch that holds for the workflow from now on.
   */
  project(input: { snapshot: RequestSnapshot; events: NewEvent[] }): Promise<{ epoch: number } | undefined>;
  /**
   * Withdraws a message unless it went to an agent that may have taken it; answers how it stands then: `withdrawn`, or what
   * became of it. Logs the withdrawal once.
   */
  withdrawMessage(input: { tenantId: string; requestId: string; messageId: string; by: string }): Promise<{ disposition: string }>;
  /**
   * Inserts the run's row and `run.started`, marks its messages as carried by it, and takes or queues for a slot, in one transaction.
   * `used`: a run of this id has ended already, as after a reset to before it; nothing is changed.
   */
  beginRun(input: { run: RunInput }): Promise<{ slot: 'granted' | 'queued' | 'used' }>;
  /**
   * Writes the run's end and `run.ended`, releases its slot, signals the run that gets it next, and has the run's repository removed.
   * `layAside` is kept for follow-ups from the same moment on; only histories from before it have none.
   */
  endRun(input: { run: RunInput; result: RunResult; usage: TokenUsage; layAside?: WorkspaceRef | null }): Promise<void>;
}

/** Steps of one run. `startTurn` on `watch`, the rest on `host/<id>` of the workspace. */
export interface WorkspaceActivities {
  /** Prepares the run repository, makes or adopts the workspace (deterministic from run and attempt) and delivers the turn. */
  startTurn(input: StartTurnInput): Promise<WorkspaceRef>;
  /**
   * Tails the workspace into the run log until the turn ends, asks, or the place is gone, and finalises what a completed turn left.
   * Heartbeats. Cancel: interrupts, then kills within 10 s.
   */
  watchTurn(input: { run: RunInput; workspace: WorkspaceRef; turnMessageId: string }): Promise<TurnOutcome>;
  /** Puts a person's message or answer into the supervisor's inbox. */
  deliver(input: { workspace: WorkspaceRef; message: DeliverableMessage }): Promise<void>;
  /**
   * Delivers a further turn (a repair) into a living workspace: onto the checkpoint whose checks failed, or, by `refusal`, onto the work
   * as it is, which could not be stored for that reason.
   */
  continueTurn(
    input: { run: RunInput; workspace: WorkspaceRef; turnMessageId: string } & (
      { checkpoint: Checkpoint; checks: CheckResult[] } | { refusal: string }
    ),
  ): Promise<void>;
  /** Runs the project's checks on the checkpoint in a clean workspace without a model token. */
  runChecks(input: { run: RunInput; checkpoint: Checkpoint }): Promise<{ checks: CheckResult[] }>;
  /** `idle` keeps it for follow-ups; `destroy` ends every process in it. Never fails on one that is gone. */
  releaseWorkspace(input: { workspace: WorkspaceRef; mode: 'idle' | 'destroy' }): Promise<void>;
}

export interface StartTurnInput {
  run: RunInput;
  attempt: number;
  turnMessageId: string;
}

export type DeliverableMessage =
  | { kind: 'steer'; message: MessageRef }
  | { kind: 'answer'; deliveryId: string; questionId: string; answers: Record<string, string[]> }
  | { kind: 'interrupt'; deliveryId: string };

/** Steps around the run repository, on `control`. */
export interface CheckpointActivities {
  /** Author, committer, co-author, sign-off, signature; verified bundle and session into the artifact store. */
  finaliseCheckpoint(input: {
    run: RunInput;
    tipCommit: string;
    sessionArtifactId: string | null;
    threadId: string | null;
    warnings: string[];
  }): Promise<Finalised>;
}

/** `lost`: ids of the approvers whose votes count no more; answers from before they were told have none. */
export interface QuorumAnswer {
  holds: boolean;
  lost?: string[];
}

/** The forge, on `control`. */
export interface ForgeActivities {
  /** Reads the voters' roles again and answers whether the quorum still holds. */
  confirmQuorum(input: { request: RequestInput; gate: Gate }): Promise<QuorumAnswer>;
  /** Pushes exactly the approved commit (force-with-lease against the last one we pushed), opens or updates the merge request. */
  publish(input: { request: RequestInput; checkpoint: Checkpoint; previous: MergeRequestRef | null }): Promise<MergeRequestRef>;
  merge(input: { request: RequestInput; mergeRequest: MergeRequestRef }): Promise<MergeRequestRef>;
  /** Posts the stored review under the bot's own identity; each finding once by fingerprint. */
  postReview(input: { request: RequestInput; mergeRequest: MergeRequestRef; reviewId: string }): Promise<void>;
}

/** Codex's review of a checkpoint in a workspace of its own, on `watch`. */
export interface ReviewActivities {
  reviewCheckpoint(input: ReviewInput): Promise<ReviewResult>;
}

/** The housekeeper: compares leases, workspaces, runs and workflows with reality and repairs; returns what it did. */
export interface HousekeepingActivities {
  housekeep(): Promise<Record<string, number>>;
}

export type ControlActivities = ProjectionActivities & CheckpointActivities & ForgeActivities & HousekeepingActivities;
export type HostActivities = WorkspaceActivities & ReviewActivities;
