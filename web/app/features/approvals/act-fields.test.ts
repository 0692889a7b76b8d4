import { describe, expect, it } from '@jest/globals';
import { answerField, readRequestAct } from './act-fields.ts';

function form(fields: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

describe('readRequestAct', () => {
  it('reads a vote with its comment', () => {
    const act = readRequestAct(
      form([
        ['intent', 'approve'],
        ['requestId', 'r'],
        ['subjectId', 'abc'],
        ['comment', ' fine '],
      ]),
    );

    expect(act).toEqual({ intent: 'approve', requestId: 'r', subjectId: 'abc', comment: 'fine' });
  });

  it('gathers the answers by question and leaves blanks out', () => {
    const field = answerField({ id: 'colour' });
    const act = readRequestAct(
      form([
        ['intent', 'answer'],
        ['requestId', 'r'],
        ['questionId', 'q'],
        [field, 'red'],
        [field, '  '],
        [answerField({ id: 'size' }), ' '],
      ]),
    );

    expect(act).toEqual({ intent: 'answer', requestId: 'r', questionId: 'q', answers: { colour: ['red'] } });
  });

  it.each(['', 'delete-everything'])('takes no intent %j', (intent) => {
    expect(readRequestAct(form([['intent', intent]]))).toBeNull();
  });
});
