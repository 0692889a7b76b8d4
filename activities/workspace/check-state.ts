import { DomainError, type ErrorKind } from '../../workflows/contracts/errors.ts';
import type { EventData, NewEvent } from '../../workflows/contracts/events.ts';
import { CheckResult } from '../../workflows/contracts/request.ts';

export interface CheckState {
  results: CheckResult[];
  ended: EventData<'command.done'> | null;
}

/** Nothing ran yet. */
export const newChecks: CheckState = { results: [], ended: null };

/** The state after one more event of the workspace that runs the checks; only what belongs to `messageId` counts. */
export function reduceChecks(state: CheckState, event: NewEvent, messageId: string): CheckState {
  if (event.type === 'exec.completed' && event.data.messageId === messageId) {
    const result = CheckResult.parse(event.data);
    return { ...state, results: [...state.results.filter((earlier) => earlier.name !== result.name), result] };
  }
  if (event.type === 'command.done' && event.data.messageId === messageId) return { ...state, ended: event.data };
  return state;
}

/** Ends before the first check that no change of the agent could mend, and whether another try could. */
const notTheChange: ReadonlyMap<string, ErrorKind> = new Map([
  ['project-secrets-unreachable', 'transient'],
  ['project-secrets-refused', 'permanent'],
]);

/** Why no check could be run although nothing is wrong with the change; null otherwise. */
export function notTheChangesFault({ ended }: CheckState): DomainError | null {
  if (ended === null || ended.ok || ended.code === undefined) return null;
  const kind = notTheChange.get(ended.code);
  return kind === undefined ? null : new DomainError(kind, ended.code, ended.error ?? `checks: ${ended.code}`);
}

/**
 * One result a check, in the project's order and with the project's command, whatever the workspace reported: a check without
 * a word about it could not be run.
 */
export function checkResults(checks: { name: string; command: string }[], state: CheckState): CheckResult[] {
  return checks.map(({ name, command }) => {
    const found = state.results.find((result) => result.name === name);
    if (found === undefined) return { name, command, status: 'error', exitCode: null, durationMs: 0 };
    const claimsSuccess = found.status === 'passed' && found.exitCode !== 0;
    return { ...found, name, command, status: claimsSuccess ? 'error' : found.status };
  });
}
