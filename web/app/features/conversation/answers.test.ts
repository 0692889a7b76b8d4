import { describe, expect, it } from '@jest/globals';
import { noAnswers, takesWords, toAnswers } from './answers.ts';
import type { Question } from './transcript.ts';

const options = [
  { label: 'npm', description: '' },
  { label: 'pnpm', description: '' },
];
const choice: Question = { id: 'c', header: '', question: 'Which?', allowsOther: false, options };
const open: Question = { id: 'o', header: '', question: 'Why?', allowsOther: false, options: [] };
const both: Question = { ...choice, id: 'b', allowsOther: true };

describe('toAnswers', () => {
  it('gives each question what was chosen or written', () => {
    const entered = {
      c: { choice: 'npm', isOther: false, other: '' },
      o: { choice: null, isOther: true, other: ' because \n' },
      b: { choice: 'npm', isOther: true, other: 'yarn' },
    };

    expect(toAnswers([choice, open, both], entered)).toEqual({ ok: true, answers: { c: ['npm'], o: ['because'], b: ['yarn'] } });
  });

  it('names the questions that lack an answer', () => {
    const questions = [choice, open, both];

    expect(toAnswers(questions, noAnswers(questions))).toEqual({ ok: false, missing: ['c', 'o', 'b'] });
    expect(toAnswers(questions, {})).toEqual({ ok: false, missing: ['c', 'o', 'b'] });
  });

  it.each([
    ['a choice that is not offered', choice, { choice: 'yarn', isOther: false, other: '' }],
    ['words where only choices count', choice, { choice: 'npm', isOther: true, other: 'yarn' }],
    ['blank words', both, { choice: null, isOther: true, other: '  ' }],
  ])('takes no %s', (_what, question, entered) => {
    expect(toAnswers([question], { [question.id]: entered })).toEqual({ ok: false, missing: [question.id] });
  });
});

describe('takesWords', () => {
  it.each([
    [choice, false],
    [open, true],
    [both, true],
  ])('of %j is %j', (question, expected) => {
    expect(takesWords(question)).toBe(expected);
  });
});
