import { formatInstant, shortCommit } from '~/lib/format.ts';
import { missingApprovals, standingVotes, votingRefusal } from '~/lib/gates.ts';
import { holdsRole } from '~/lib/roles.ts';
import type { Gate, RequestDetail, Role } from '../types.ts';

export interface Person {
  id: string;
  name: string;
  roles: readonly Role[];
}

/** One vote as the bar shows it. `isCounted` is false for one that a later word overtook. */
export interface Vote {
  key: string;
  who: string;
  vote: Gate['decisions'][number]['vote'];
  comment: string;
  atMs: number;
  isCounted: boolean;
}

/** What can be done about the commit that is shown, and what it would mean. */
export interface Standing {
  /** `open`: it waits for votes. `other-commit`: another commit does. `merge`: it is approved and waits for its merge. */
  kind: 'nothing' | 'plan' | 'open' | 'other-commit' | 'closed' | 'rejected' | 'merge' | 'ended';
  headline: string;
  /** Further sentences, most important first. */
  details: string[];
  votes: Vote[];
  /** The commit that a vote would be about; null when there is none. */
  subject: string | null;
  mayDecide: boolean;
  mayAmend: boolean;
  mayMerge: boolean;
  /** What a click on each would do. */
  consequences: { approve: string; reject: string; amend: string; merge: string };
}

type Known = Pick<RequestDetail, 'stage' | 'gate' | 'gates' | 'awaiting' | 'mergeRequest' | 'requester' | 'outcome'>;

/**
 * Says where the decision about `shownCommit` stands for `me`. `people` are the tenant's, null while they are not known;
 * then roles are named in place of names.
 */
export function standingOf(detail: Known, me: Person, people: readonly Person[] | null, shownCommit: string | null): Standing {
  const { gate, awaiting, mergeRequest } = detail;
  const base: Standing = {
    kind: 'nothing',
    headline: 'Nothing waits for a decision here.',
    details: [],
    votes: gate && gate.subject.kind === 'commit' ? votesOf(gate) : [],
    subject: null,
    mayDecide: false,
    mayAmend: false,
    mayMerge: false,
    consequences: consequencesOf(detail, gate, me),
  };
  if (detail.stage === 'DONE' || detail.stage === 'CANCELLED' || detail.stage === 'FAILED')
    return { ...base, kind: 'ended', ...endedWords(detail) };
  if (awaiting?.kind === 'merge' && mergeRequest) return { ...base, kind: 'merge', ...mergeWords(mergeRequest, me) };
  if (!gate) return { ...base, details: ['The patch is offered for approval when the run has ended with a checkpoint.'] };
  if (gate.subject.kind === 'plan') {
    const details = [
      gate.status === 'open'
        ? 'A plan waits for its decision: see the tab Plan.'
        : 'The plan was decided on; the patch follows when its run has ended.',
    ];
    return { ...base, kind: 'plan', details };
  }
  if (gate.status !== 'open') return { ...base, ...closedStanding(gate, detail, me) };
  return { ...base, ...openStanding(gate, detail, me, people, shownCommit) };
}

function openStanding(
  gate: Gate,
  detail: Known,
  me: Person,
  people: readonly Person[] | null,
  shownCommit: string | null,
): Partial<Standing> {
  const missing = missingApprovals(gate);
  const refusal = refusalWords(gate, me, detail.requester.id);
  const mine = standingVotes(gate).find(({ by }) => by?.id === me.id);
  const subject = gate.subject.id;
  const headline =
    missing === gate.rule.required
      ? `Commit ${shortCommit(subject)} waits for ${count(missing, 'approval', 'approvals')}.`
      : `Commit ${shortCommit(subject)} waits for ${count(missing, 'more approval', 'more approvals')} of ${gate.rule.required}.`;
  const details = [
    ...(missing > 0 ? [votersWords(gate, detail.requester.id, people, missing)] : []),
    refusal === null ? (mine ? `You voted already (${voteWord(mine.vote)}); a new vote replaces it.` : 'Your vote counts.') : refusal,
    ...(gate.expiresAtMs === null ? [] : [`Open until ${formatInstant(gate.expiresAtMs)}; then the request ends.`]),
    ...checkWords(gate),
  ];
  if (shownCommit !== null && shownCommit !== subject) {
    return {
      kind: 'other-commit',
      headline,
      details: [
        `You look at ${shortCommit(shownCommit)}, but the decision is about ${shortCommit(subject)}: look at that one first.`,
        ...details,
      ],
      subject,
      mayAmend: refusal === null,
    };
  }
  return { kind: 'open', headline, details, subject, mayDecide: refusal === null, mayAmend: refusal === null };
}

function closedStanding(gate: Gate, detail: Known, me: Person): Partial<Standing> {
  const subject = gate.subject.id;
  if (gate.status === 'rejected') {
    const waits = detail.awaiting?.reason === 'rejected';
    const mayAmend = waits && votingRefusal(gate, me, detail.requester.id) === null;
    const next = waits ? 'Ask for changes and the agent goes on from here, or cancel the request.' : 'Its gate is closed.';
    return { kind: 'rejected', headline: `Commit ${shortCommit(subject)} was rejected.`, details: [next], subject, mayAmend };
  }
  return {
    kind: 'closed',
    headline: `The decision on commit ${shortCommit(subject)} is closed.`,
    details: [closedWords(gate.status)],
    subject,
  };
}

function closedWords(status: Gate['status']): string {
  switch (status) {
    case 'approved':
      return 'It was approved; exactly this commit goes to the merge request.';
    case 'superseded':
      return 'A message went to the agent since, so votes on it count no more; a new decision opens on the next commit.';
    case 'expired':
      return 'Nobody decided in time.';
    case 'rejected':
      return 'It was rejected.';
    case 'open':
      return 'It is open.';
  }
}

function mergeWords(mergeRequest: NonNullable<Known['mergeRequest']>, me: Person): Partial<Standing> {
  const headline = `Commit ${shortCommit(mergeRequest.commit)} is approved and waits to be merged into ${mergeRequest.targetBranch}.`;
  const subject = mergeRequest.commit;
  if (mergeRequest.forge !== 'local') return { headline, details: [`Merge it where it lives: ${mergeRequest.url}`], subject };
  const mayMerge = holdsRole(me.roles, 'maintainer');
  return { headline, details: mayMerge ? [] : ['Merging needs the role maintainer; ask one of them.'], subject, mayMerge };
}

function endedWords(detail: Known): Pick<Standing, 'headline' | 'details'> {
  switch (detail.outcome) {
    case 'merged':
      return { headline: 'This request is done: its change was merged.', details: [] };
    case 'patch':
      return {
        headline: 'This request is done: its patch was approved.',
        details: ['The project has no merge requests; download the patch.'],
      };
    case 'no-changes':
      return { headline: 'This request is done: nothing had to change.', details: [] };
    case 'cancelled':
      return { headline: 'This request was cancelled.', details: ['Submit a new one to go on.'] };
    case 'failed':
    case null:
      return { headline: 'This request has ended.', details: ['Submit a new one to go on.'] };
  }
}

function consequencesOf(detail: Known, gate: Gate | null, me: Person): Standing['consequences'] {
  const missing = gate ? missingApprovals(gate) : 0;
  const mine = gate && standingVotes(gate).some(({ by, vote }) => by?.id === me.id && vote === 'approve') ? 0 : 1;
  const after = Math.max(0, missing - mine);
  const then = detail.mergeRequest
    ? `exactly this commit is pushed to merge request !${detail.mergeRequest.number}`
    : 'exactly this commit is pushed, and its merge request is opened';
  return {
    approve:
      after === 0
        ? `Yours is the last vote: ${then}.`
        : `${count(after, 'more approval is', 'more approvals are')} then still needed; after that ${then}.`,
    reject: 'The decision is closed and nothing is pushed. The request stops until somebody asks for changes or cancels it.',
    amend: 'Your words go to the agent. Votes on this commit count no more; the next commit comes to a new decision.',
    merge: detail.mergeRequest
      ? `Merges ${shortCommit(detail.mergeRequest.commit)} into ${detail.mergeRequest.targetBranch}; the request is then done.`
      : '',
  };
}

/** Why this person's vote would be refused, in words; null when it counts. */
function refusalWords(gate: Gate, me: Person, requesterId: string): string | null {
  switch (votingRefusal(gate, me, requesterId)) {
    case 'role':
      return `Your vote does not count: only ${listOf(gate.rule.roles)} may decide.`;
    case 'requester':
      return 'Your vote does not count: the requester may not decide on their own request.';
    case null:
      return null;
  }
}

/** Who can give the votes that are missing; says so when there are not enough of them. */
function votersWords(gate: Gate, requesterId: string, people: readonly Person[] | null, missing: number): string {
  const { roles, requesterMayVote } = gate.rule;
  const anybody = `anybody with the role ${listOf(roles)}${requesterMayVote ? '' : ', but not from the requester'}`;
  if (!people) return `It can come from ${anybody}.`;
  const approved = new Set(standingVotes(gate).flatMap(({ by, vote }) => (by && vote === 'approve' ? [by.id] : [])));
  const open = people.filter((person) => votingRefusal(gate, person, requesterId) === null && !approved.has(person.id));
  if (open.length === 0) return `It can come from ${anybody}, but at the moment there is nobody: ask an admin to give somebody that role.`;
  const names = open.map(({ name }) => name);
  const who = open.length > 5 ? `${names.slice(0, 5).join(', ')} or ${open.length - 5} more` : listOf(names);
  return open.length < missing
    ? `Only ${listOf(names, 'and')} can give one, and ${missing} are missing: ask an admin to give somebody else the role ${listOf(roles)}.`
    : `It can come from ${who}.`;
}

function checkWords(gate: Gate): string[] {
  const failed = gate.checks.filter(({ status }) => status !== 'passed').map(({ name }) => name);
  return failed.length === 0 ? [] : [`Not passed on this commit: ${listOf(failed, 'and')}.`];
}

function votesOf(gate: Gate): Vote[] {
  return gate.decisions.map(({ decisionId, vote, by, rule, comment, atMs, superseded }) => {
    return { key: decisionId, who: by?.name ?? rule ?? 'a rule of the project', vote, comment, atMs, isCounted: !superseded };
  });
}

/** A vote in one word or two. */
export function voteWord(vote: Vote['vote']): string {
  switch (vote) {
    case 'approve':
      return 'approved';
    case 'reject':
      return 'rejected';
    case 'changes-requested':
      return 'asked for changes';
  }
}

function listOf(names: readonly string[], word = 'or'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
