import { describe, expect, it } from '@jest/globals';
import { describeDisposition } from './disposition.ts';

describe('describeDisposition', () => {
  it.each([
    ['steered', 2, 'Steered', 'The agent read it in the middle of run 2.', false],
    ['queued', null, 'Queued', 'It waits for the next run.', true],
    ['carried', 3, 'Delivered', 'It is what run 3 works on.', false],
    ['carried', null, 'Delivered', 'It is what a run works on.', false],
    ['accepted', null, 'Sent', 'Stored; it goes to the agent as soon as it can take it.', true],
    ['withdrawn', null, 'Withdrawn', 'It was taken back before the agent saw it.', false],
  ] as const)('tells %s apart', (disposition, ordinal, label, detail, canWithdraw) => {
    expect(describeDisposition({ kind: 'chat', disposition }, ordinal, true)).toMatchObject({ label, detail, canWithdraw });
  });

  it('lets nobody take back a prompt, nor anything of a closed request', () => {
    expect(describeDisposition({ kind: 'prompt', disposition: 'accepted' }, null, true).canWithdraw).toBe(false);
    expect(describeDisposition({ kind: 'chat', disposition: 'queued' }, null, false).canWithdraw).toBe(false);
  });
});
