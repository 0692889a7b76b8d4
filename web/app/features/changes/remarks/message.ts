import { shortCommit } from '~/lib/format.ts';
import type { Schemas } from '../../../../../api/client/index.ts';
import { spotWords, type Draft } from './drafts.ts';

type MessageCreate = Schemas['MessageCreate'];

/** Where remarks go: as a request for changes on the open gate's commit, or as a message without a vote. */
export type Target = { kind: 'amend'; commit: string } | { kind: 'chat' };

/**
 * One message that carries all remarks. Where some were written on another commit than the one that is decided on, the
 * words say so, since lines may have moved since. A message without a vote names the commit that was looked at.
 */
export function messageOf(drafts: readonly Draft[], words: string, target: Target, shownCommit: string): MessageCreate {
  const current = target.kind === 'amend' ? target.commit : shownCommit;
  const older = drafts.filter(({ commit }) => commit !== current);
  const note = older.map(({ path, side, startLine, endLine, commit }) => {
    return `${path}, ${spotWords({ side, startLine, endLine })}: written on commit ${shortCommit(commit)}.`;
  });
  return {
    kind: target.kind,
    text: [words.trim(), note.join('\n')].filter(Boolean).join('\n\n'),
    attachments: [],
    subjectId: current,
    remarks: drafts.map(({ path, side, startLine, endLine, body }) => ({ path, side, startLine, endLine, body: body.trim() })),
  };
}

/** What the button that sends says. */
export function sendLabel(count: number, target: Target): string {
  const remarks = count === 1 ? '1 remark' : `${count} remarks`;
  if (target.kind === 'amend') return count === 0 ? 'Ask for changes' : `Ask for changes with ${remarks}`;
  return count === 0 ? 'Send the message' : `Send ${remarks}`;
}
