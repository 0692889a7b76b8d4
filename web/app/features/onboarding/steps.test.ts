import { describe, expect, it } from '@jest/globals';
import { chooseRequest, isComplete, stepsOf } from './steps.ts';

type Progress = NonNullable<Parameters<typeof stepsOf>[0]>;

function states(changes: Partial<Progress> | null): string {
  const request = { stage: 'RECEIVED', outcome: null, awaiting: null, mergeRequest: null, checkpoint: null, status: null, ...changes };
  return stepsOf(changes === null ? null : (request as Progress))
    .map(({ state }) => ({ done: '+', now: '>', todo: '.', stopped: 'x' })[state])
    .join('');
}

const awaiting = (kind: string) => ({ kind }) as Progress['awaiting'];
const some = {} as NonNullable<Progress['checkpoint'] & Progress['mergeRequest']>;

describe('stepsOf', () => {
  it.each<[string, Partial<Progress> | null, string]>([
    ['no request yet', null, '>.....'],
    ['a request just received', {}, '+>....'],
    ['the agent at work', { stage: 'EXECUTING' }, '+>....'],
    ['a plan that waits', { stage: 'PLAN_READY', awaiting: awaiting('plan-approval') }, '+>....'],
    ['a change that waits', { stage: 'PATCH_READY', awaiting: awaiting('patch-approval') }, '++>...'],
    ['a change that is being published', { stage: 'PATCH_READY' }, '+++>..'],
    ['an open merge request', { stage: 'MR_OPENED', mergeRequest: some }, '++++>.'],
    ['a reviewed merge request', { stage: 'REVIEWED', mergeRequest: some, awaiting: awaiting('merge') }, '+++++>'],
    ['the merge', { stage: 'DONE', outcome: 'merged' }, '++++++'],
    ['a question in between', { stage: 'BLOCKED', status: { resumeStage: 'EXECUTING' }, awaiting: awaiting('answer') }, '+>....'],
    [
      'a rejected change',
      { stage: 'BLOCKED', status: { resumeStage: 'PATCH_READY' }, awaiting: awaiting('retry'), checkpoint: some },
      '++>...',
    ],
    ['no change at all', { stage: 'DONE', outcome: 'no-changes' }, '+x....'],
    ['cancelled before the change', { stage: 'CANCELLED' }, '+x....'],
    ['cancelled at the gate', { stage: 'CANCELLED', checkpoint: some }, '++x...'],
    ['closed without a merge', { stage: 'CANCELLED', checkpoint: some, mergeRequest: some }, '+++++x'],
  ])('%s', (_what, request, expected) => {
    expect(states(request)).toBe(expected);
  });
});

describe('isComplete', () => {
  it('is true after the merge only', () => {
    expect(isComplete(stepsOf(null))).toBe(false);
    expect(isComplete([{ id: 'merge', state: 'done' }])).toBe(true);
  });
});

describe('chooseRequest', () => {
  const request = (stage: Parameters<typeof chooseRequest>[0][number]['stage'], createdAtMs: number) => ({ stage, createdAtMs });

  it('takes the newest that was not given up', () => {
    const kept = request('REVIEWED', 2);

    expect(chooseRequest([request('DONE', 1), kept, request('CANCELLED', 3)])).toBe(kept);
  });

  it('takes the newest of those given up when there is no other, and none of none', () => {
    expect(chooseRequest([request('FAILED', 1), request('CANCELLED', 2)])?.createdAtMs).toBe(2);
    expect(chooseRequest([])).toBeNull();
  });
});
