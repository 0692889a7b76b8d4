import { describe, expect, it } from '@jest/globals';
import { fieldErrorsOf } from './problem-fields.ts';

function problem(code: string, errors?: { path: string; message: string }[]) {
  return { title: 'x', status: 422, detail: 'The detail.', code, ...(errors ? { errors } : {}) };
}

describe('fieldErrorsOf', () => {
  it.each([
    ['empty-prompt', { prompt: 'The detail.' }, null],
    ['unknown-branch', { baseBranch: 'The detail.' }, null],
    ['too-many-attachments', { attachments: 'The detail.' }, null],
    ['database-unavailable', {}, 'The detail.'],
  ])('puts %s where it belongs', (code, fields, form) => {
    expect(fieldErrorsOf(problem(code))).toEqual({ fields, form });
  });

  it('takes the sentences of the fields that a problem names, the first of each', () => {
    const errors = [
      { path: 'baseBranch', message: 'not a branch name' },
      { path: 'baseBranch', message: 'too long' },
      { path: 'attachments.3.name', message: 'Too long.' },
      { path: 'other', message: 'odd' },
    ];

    expect(fieldErrorsOf(problem('invalid-body', errors))).toEqual({
      fields: { baseBranch: 'Not a branch name.', attachments: 'Too long.' },
      form: 'other: odd',
    });
  });
});
