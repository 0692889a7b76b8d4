import type { CheckResult, MessageRef } from '../contracts/request.ts';
import { placeLostReasons, type FailureReason, type RunInput, type TurnOutcome } from '../contracts/run.ts';

/** How often a run may lose its place and be resumed from its last save. */
const maxAttempts = 3;

/** How an attempt failed: the place, which another attempt can mend, or the agent itself, which only a person can judge. */
export interface AttemptFailure {
  reason: FailureReason;
  message: string;
}

/**
 * Whether the next attempt may resume the last save. A host or sandbox may be lost twice; a supervisor that is gone a second
 * time is the agent's own fault.
 */
export function mayResume(failures: readonly AttemptFailure[]): boolean {
  const last = failures.at(-1);
  if (last === undefined || !placeLostReasons.includes(last.reason)) return false;
  if (failures.length >= maxAttempts) return false;
  return failures.filter((failure) => failure.reason === 'supervisor-gone').length < 2;
}

/** Whether failed checks earn one more turn of the agent. */
export function mayRepair(run: RunInput, repairs: number, checks: readonly CheckResult[]): boolean {
  return repairs < run.request.limits.repairTurns && checks.some((check) => check.status !== 'passed');
}

/**
 * The messages that reached the agent: what the run carried, and what was steered into these turns. Give those of one attempt: what
 * was steered into a place that is lost is lost with it.
 */
export function handledMessages(run: RunInput, outcomes: readonly TurnOutcome[]): string[] {
  const carried = run.messages.map((message: MessageRef) => message.messageId);
  return [...new Set([...carried, ...outcomes.flatMap((outcome) => outcome.steeredMessageIds)])];
}
