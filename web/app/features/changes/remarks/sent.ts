import { shortCommit } from '~/lib/format.ts';
import type { Message, Run } from '../types.ts';
import type { Spot } from './drafts.ts';

export type RemarkState =
  | { kind: 'waiting' | 'working' | 'withdrawn' | 'unanswered' }
  /** `runId` made the commit; null when that run is not known here. */
  | { kind: 'answered'; commit: string; runId: string | null };

/** A remark that was sent, with what became of it. */
export interface SentRemark extends Spot {
  key: string;
  body: string;
  author: string;
  atMs: number;
  state: RemarkState;
  /** The commit that its lines belong to; null when that is not known. */
  commit: string | null;
}

/** All remarks of the conversation, oldest first. */
export function sentRemarks(messages: readonly Message[], runs: readonly Run[]): SentRemark[] {
  return messages.flatMap((message) =>
    message.remarks.map((remark, index) => ({
      ...remark,
      key: `${message.messageId}-${index}`,
      author: message.author?.name ?? 'AstraForge',
      atMs: message.createdAtMs,
      state: stateOf(message, runs),
      commit: message.subjectId ?? commitAt(runs, message.createdAtMs),
    })),
  );
}

function stateOf({ answeredBy, disposition, runId, subjectId }: Message, runs: readonly Run[]): RemarkState {
  // A run that changed nothing leaves the commit that the remark was about.
  if (answeredBy !== null && answeredBy !== subjectId) {
    const maker = runs.find(({ checkpoint }) => checkpoint?.commit === answeredBy);
    return { kind: 'answered', commit: answeredBy, runId: maker?.runId ?? null };
  }
  if (disposition === 'withdrawn') return { kind: 'withdrawn' };
  const run = runs.find((each) => each.runId === runId);
  if (disposition === 'accepted' || disposition === 'queued' || !run) return { kind: 'waiting' };
  return { kind: run.endedAtMs === null ? 'working' : 'unanswered' };
}

/** The newest checkpoint that stood at that time: what a message without a subject speaks of. */
function commitAt(runs: readonly Run[], atMs: number): string | null {
  const done = runs.filter((run) => run.checkpoint !== null && run.endedAtMs !== null && run.endedAtMs <= atMs);
  return done.sort((a, b) => a.ordinal - b.ordinal).at(-1)?.checkpoint?.commit ?? null;
}

/** What a remark's state means, for people. */
export function stateWords(state: RemarkState): string {
  switch (state.kind) {
    case 'waiting':
      return 'Sent; it waits for the agent.';
    case 'working':
      return 'The agent works on it.';
    case 'answered':
      return `Answered by commit ${shortCommit(state.commit)}.`;
    case 'unanswered':
      return 'The run that took it ended without a new commit.';
    case 'withdrawn':
      return 'Withdrawn before the agent saw it.';
  }
}

/**
 * Remarks of one file: those whose lines are shown as they were, and earlier ones, whose lines belong to another commit. A
 * comparison with another checkpoint has that one's lines on its old side.
 */
export function placeRemarks(
  remarks: readonly SentRemark[],
  shown: { path: string; oldPath: string | null; commit: string; isComparison: boolean },
): { here: SentRemark[]; earlier: SentRemark[] } {
  const own = remarks.filter(({ path }) => path === shown.path || path === shown.oldPath);
  const isHere = (remark: SentRemark) => remark.commit === shown.commit && !(shown.isComparison && remark.side === 'old');
  return { here: own.filter(isHere), earlier: own.filter((remark) => !isHere(remark)) };
}
