import { describe, expect, it } from '@jest/globals';
import { nextActions } from './next-actions.ts';

type Facts = Parameters<typeof nextActions>[0];
type Actions = NonNullable<Facts['awaiting']>['actions'];

function facts(actions: Actions, more: Partial<Facts> = {}): Facts {
  return { awaiting: { actions } as Facts['awaiting'], gate: null, mergeRequest: null, ...more };
}

const gate = (kind: 'plan' | 'commit') => ({ subject: { kind, id: 'x' } }) as Facts['gate'];

describe('nextActions', () => {
  it.each<[string, Facts, string[]]>([
    ['nothing that waits', { awaiting: null, gate: null, mergeRequest: null }, []],
    ['a failed run', facts(['retry', 'chat', 'cancel']), ['Try again', 'Write to the agent', 'Cancel request']],
    ['a question', facts(['answer', 'chat', 'cancel']), ['Write to the agent', 'Cancel request']],
    [
      'a patch to decide on',
      facts(['approve', 'reject', 'amend', 'chat', 'cancel'], { gate: gate('commit') }),
      ['Decide on the change', 'Write to the agent', 'Cancel request'],
    ],
    [
      'a rejected plan',
      facts(['amend', 'chat', 'cancel'], { gate: gate('plan') }),
      ['Ask for changes', 'Write to the agent', 'Cancel request'],
    ],
    [
      'a merge here',
      facts(['merge', 'chat', 'cancel'], { mergeRequest: { forge: 'local' } as Facts['mergeRequest'] }),
      ['Merge', 'Write to the agent', 'Cancel request'],
    ],
    ['a merge there', facts(['merge'], { mergeRequest: { forge: 'gitlab' } as Facts['mergeRequest'] }), ['Merge on gitlab']],
    ['actions that nobody can take here', facts(['waive', 'topUp', 'cancel']), ['Cancel request']],
  ])('of %s', (_what, request, labels) => {
    expect(nextActions(request).map(({ label }) => label)).toEqual(labels);
  });

  it('leads to where the subject of a decision is shown', () => {
    expect(nextActions(facts(['approve'], { gate: gate('plan') }))[0]?.to).toBe('plan');
    expect(nextActions(facts(['approve'], { gate: gate('commit') }))[0]?.to).toBe('changes');
  });
});
