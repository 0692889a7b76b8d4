import { describe, expect, it } from '@jest/globals';
import { parsePlan } from './plan-document.ts';

const plan = { summary: 'Do it', steps: [{ title: 'First', detail: 'so', files: ['a.ts'] }], risks: ['none'] };

describe('parsePlan', () => {
  it('reads a plan as the agent answers it', () => {
    expect(parsePlan(JSON.stringify(plan))).toEqual(plan);
  });

  it('reads around what is of another kind', () => {
    const odd = { summary: 's', steps: [3, null, { title: 4, files: ['a', 5] }], risks: 'many' };

    expect(parsePlan(JSON.stringify(odd))).toEqual({ summary: 's', steps: [{ title: '', detail: '', files: ['a'] }], risks: [] });
  });

  it.each(['# A plan in Markdown', '', '[]', '{"summary":"s"}', '{"summary":1,"steps":[]}'])('takes %j for no plan', (text) => {
    expect(parsePlan(text)).toBeNull();
  });
});
