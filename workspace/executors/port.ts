import type { EventData, SupervisorEventType } from '../../workflows/contracts/events.ts';
import type { FailureReason } from '../../workflows/contracts/run.ts';
import type { AgentProcess } from './agent-process.ts';

/** Writes one event; `emittedAtMs` is the agent's own clock where it has one, else now. */
export type Emit = <T extends SupervisorEventType>(type: T, data: EventData<T>, emittedAtMs?: number) => void;

/** What a person gave: words, or a file that lies outside the checkout. */
export type AgentInput = { type: 'text'; text: string } | { type: 'file'; path: string; name: string; mediaType: string };

export interface AgentTurn {
  messageId: string;
  /** `plan` and `review` see a read-only checkout. */
  mode: 'work' | 'plan' | 'review';
  input: AgentInput[];
  model: string | null;
  effort: string | null;
  outputSchema: unknown;
  /** For `review`: name of the local branch that the change is compared with. */
  reviewBranch: string | null;
}

export interface TurnEnd {
  status: 'completed' | 'interrupted' | 'failed';
  lastMessage: string;
  reason: FailureReason | null;
  error: string | null;
}

/** A turn that the agent took. `ended` never rejects. */
export interface RunningTurn {
  turnId: string;
  ended: Promise<TurnEnd>;
}

export type SteerResult = { steered: true } | { steered: false; reason: string };

/** What a driver gets from the supervisor around it. */
export interface AgentContext {
  emit: Emit;
  /** Starts a program in the agent's nested sandbox, in the checkout. */
  spawn(argv: string[], options: { readOnlyCheckout: boolean; env?: Record<string, string> }): AgentProcess;
  /** Must be called for each sign of life of the agent. */
  activity(): void;
  homeDir: string;
  checkoutDir: string;
  /** Base of the relay, `http://127.0.0.1:<port>`. */
  relayUrl: string;
  /** The native codex binary as the agent's sandbox sees it. */
  codexPath: string | null;
  model: string;
  /** Most bytes that the agent may print over the life of the workspace. */
  outputBytes: number;
  /** True when the gateway refused the last model call (401, 402, 403). */
  modelRefused(): boolean;
}

/** Drives one agent CLI. One driver a workspace; it starts its process again when that was killed. */
export interface AgentDriver {
  /** The session that a later workspace can resume; null before the first turn and for agents without sessions. */
  threadId(): string | null;
  /** Starts the process, without needing the checkout: called while the clone runs. Failures surface in `startTurn`. */
  warm(options: { readOnlyCheckout: boolean }): Promise<void>;
  /** Puts a stored session back, before the first turn. */
  restore(session: { threadId: string; content: Uint8Array }): Promise<void>;
  startTurn(turn: AgentTurn): Promise<RunningTurn>;
  /** Whether the message reached the running turn is the agent's answer, not a guess. */
  steer(messageId: string, input: AgentInput[]): Promise<SteerResult>;
  /** False when no such question is open. */
  answer(questionId: string, answers: Record<string, string[]>): boolean;
  hasOpenQuestion(): boolean;
  /** Asks the agent to stop its turn. The caller kills it when that takes too long. */
  interrupt(): Promise<void>;
  /** SIGKILL of everything that the agent started. A running turn ends with `end`. */
  kill(end: TurnEnd): void;
  /** Absolute path of the session file, null when there is none. Hostile content, hostile links. */
  sessionFile(): Promise<string | null>;
}
