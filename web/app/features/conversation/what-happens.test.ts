import { describe, expect, it } from '@jest/globals';
import { whatHappens } from './what-happens.ts';

type Facts = Parameters<typeof whatHappens>[0];

const idle: Facts = { stage: 'EXECUTING', awaiting: null, gate: null, mergeRequest: null, status: { activeRunId: null } };
const awaiting = (kind: NonNullable<Facts['awaiting']>['kind']) => ({ kind }) as Facts['awaiting'];
const gate = (kind: 'plan' | 'commit', votes: string[] = []) =>
  ({
    status: 'open',
    subject: { kind, id: 'x' },
    decisions: votes.map((vote) => ({ vote, superseded: false })),
  }) as unknown as Facts['gate'];

describe('whatHappens', () => {
  it.each<[string, Partial<Facts>, string, RegExp]>([
    ['a closed request', { stage: 'DONE' }, 'closed', /closed/],
    ['a working agent', { status: { activeRunId: 'r' } }, 'steer', /at work and reads this now/],
    ['an agent that asks', { stage: 'BLOCKED', awaiting: awaiting('answer'), status: { activeRunId: 'r' } }, 'queue', /answers nothing/],
    ['a run in the queue', { awaiting: awaiting('slot'), status: { activeRunId: 'r' } }, 'queue', /free place/],
    ['a request between runs', {}, 'queue', /next run starts/],
    ['a request just received', { stage: 'RECEIVED', status: null }, 'queue', /next run starts/],
    ['an open gate', { stage: 'PATCH_READY', gate: gate('commit') }, 'start', /closes the approval of the patch, and starts/],
    ['a gate with votes', { stage: 'PLAN_READY', gate: gate('plan', ['approve']) }, 'start', /of the plan and voids its votes/],
    [
      'an open merge request',
      { stage: 'REVIEWED', mergeRequest: {} as Facts['mergeRequest'] },
      'start',
      /before it reaches the merge request/,
    ],
    ['a blocked request', { stage: 'BLOCKED', awaiting: awaiting('retry') }, 'start', /starts a run/],
  ])('for %s', (_what, facts, kind, sentence) => {
    const told = whatHappens({ ...idle, ...facts });

    expect(told.kind).toBe(kind);
    expect(told.sentence).toMatch(sentence);
  });
});
