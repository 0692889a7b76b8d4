/** What happened, as far as words need it; the details differ by verb. */
interface Act {
  verb: string;
  detail: Readonly<Record<string, unknown>>;
}

/** What an act looks like in the list: an icon's name, and how it should strike the eye. */
export type ActivityTone = 'neutral' | 'success' | 'warning' | 'destructive';

/** An act in words: `<actor> <text>`, with what a person said about it. */
export interface ActivitySentence {
  text: string;
  tone: ActivityTone;
  /** The comment, the reason or the changed fields; null for none. */
  note: string | null;
  /** Address of the thing itself on another site; null for none or for one that is no web address. */
  link: { url: string; label: string } | null;
}

const plain: Readonly<Record<string, { text: string; tone: ActivityTone }>> = {
  'request.submitted': { text: 'submitted a request', tone: 'neutral' },
  'request.commented': { text: 'wrote to the agent', tone: 'neutral' },
  'request.changes-requested': { text: 'asked for changes', tone: 'warning' },
  'request.approved': { text: 'approved', tone: 'success' },
  'request.rejected': { text: 'rejected', tone: 'destructive' },
  'request.answered': { text: 'answered the agent', tone: 'neutral' },
  'request.retried': { text: 'ran it again', tone: 'neutral' },
  'request.cancelled': { text: 'cancelled it', tone: 'warning' },
  'request.withdrawn': { text: 'withdrew a message', tone: 'neutral' },
  'request.merge-asked': { text: 'asked for the merge', tone: 'neutral' },
  'request.blocked': { text: 'needs a person', tone: 'warning' },
  'request.done': { text: 'finished it', tone: 'success' },
  'request.failed': { text: 'gave up', tone: 'destructive' },
  'merge-request.opened': { text: 'opened the merge request', tone: 'success' },
  'merge-request.updated': { text: 'updated the merge request', tone: 'neutral' },
  'merge-request.merged': { text: 'merged the merge request', tone: 'success' },
  'project.created': { text: 'added the project', tone: 'neutral' },
  'project.changed': { text: 'changed the project', tone: 'neutral' },
  'project.secret-set': { text: 'set a secret of the project', tone: 'neutral' },
  'project.secret-removed': { text: 'removed a secret of the project', tone: 'neutral' },
};

/**
 * Puts an act into words. A verb that has no words here is shown as it is, so that nothing goes unseen. What links to
 * `ownHost` is no other site: its request is linked already.
 */
export function activitySentence({ verb, detail }: Act, ownHost = ''): ActivitySentence {
  const { text, tone } = plain[verb] ?? { text: verb.replaceAll(/[.-]/g, ' '), tone: 'neutral' as const };
  const number = typeof detail['number'] === 'number' ? ` !${detail['number']}` : '';
  const name = verb.startsWith('project.') ? textOf(detail['name']) : null;
  return { text: `${text}${number}${name === null ? '' : ` ${name}`}`, tone, note: noteOf(detail), link: linkOf(detail, ownHost) };
}

function noteOf(detail: Act['detail']): string | null {
  const changed = detail['changed'];
  if (Array.isArray(changed)) return changed.length === 0 ? null : changed.map(String).join(', ');
  const rule = textOf(detail['rule']);
  return textOf(detail['comment']) ?? textOf(detail['reason']) ?? (rule === null ? null : `by rule: ${rule}`);
}

function linkOf(detail: Act['detail'], ownHost: string): ActivitySentence['link'] {
  const url = textOf(detail['url']);
  if (url === null || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return null;
  const { host } = new URL(url);
  return host === ownHost ? null : { url, label: host };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
