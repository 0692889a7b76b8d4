import { describe, expect, it } from '@jest/globals';
import type { StepListener } from '../port.ts';
import { shareWork, tellStep } from './shared-work.ts';

type Step = Parameters<StepListener>[0];

function collector(): { steps: unknown[]; listen: StepListener } {
  const steps: unknown[] = [];
  return { steps, listen: ({ type, data }) => steps.push([type, data.step, 'ok' in data ? data.ok : null]) };
}

const begin: Step = { type: 'preparation.started', emittedAtMs: 1, data: { step: 'pull', subject: 'i' } };
const end: Step = {
  type: 'preparation.completed',
  emittedAtMs: 2,
  data: { step: 'pull', subject: 'i', ok: true, durationMs: 1, message: '' },
};

describe('work that several wait for', () => {
  it('is done once, and tells whoever joins late the step that goes on', async () => {
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const shared = shareWork(async (tell) => {
      runs += 1;
      tell(begin);
      await gate.promise;
      tell(end);
      return 'made';
    });
    const [first, late, after] = [collector(), collector(), collector()];
    const results = [shared.join(first.listen), shared.join(late.listen)];

    gate.resolve();

    expect(await Promise.all(results)).toEqual(['made', 'made']);
    const both = [
      ['preparation.started', 'pull', null],
      ['preparation.completed', 'pull', true],
    ];
    expect([first.steps, late.steps]).toEqual([both, both]);
    expect(await shared.join(after.listen)).toBe('made');
    expect([after.steps, runs]).toEqual([[], 1]);
  });

  it('fails for each who joins', async () => {
    const shared = shareWork(async () => Promise.reject(new Error('no')));

    await expect(shared.join()).rejects.toThrow('no');
    await expect(shared.join()).rejects.toThrow('no');
  });
});

describe('a step of one’s own', () => {
  it('ends with its duration, and with the reason where it fails', async () => {
    const told: Step[] = [];
    const step = { step: 'probe' as const, subject: 'i' };

    await expect(
      tellStep(
        (event) => told.push(event),
        step,
        async () => Promise.reject(new Error('broken')),
      ),
    ).rejects.toThrow('broken');
    expect(
      await tellStep(
        (event) => told.push(event),
        step,
        async () => 7,
      ),
    ).toBe(7);

    const ended = { ...step, durationMs: expect.any(Number) };
    expect(told.map(({ data }) => data)).toEqual([
      step,
      { ...ended, ok: false, message: 'broken' },
      step,
      { ...ended, ok: true, message: '' },
    ]);
  });
});
