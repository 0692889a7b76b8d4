import { describe, expect, it } from '@jest/globals';
import type { Remark } from '../workflows/contracts/request.ts';
import { remarksText, wordsOf } from './remarks-text.ts';

const remark = (changes: Partial<Remark> = {}): Remark => {
  return { path: 'src/cart.ts', side: 'new', startLine: 3, endLine: 3, body: 'Round here.', ...changes };
};

describe('remarksText', () => {
  it('names file, lines and side of each, and the commit that they are about', () => {
    const text = remarksText([remark(), remark({ side: 'old', startLine: 7, endLine: 9, body: 'Why\nis it gone?' })], 'abc123');

    expect(text).toBe(
      [
        'Remarks on your changes (abc123):',
        '',
        '"src/cart.ts", line 3:',
        '  Round here.',
        '',
        '"src/cart.ts", lines 7-9 before the change:',
        '  Why',
        '  is it gone?',
      ].join('\n'),
    );
  });

  it('keeps words that look like another remark, and a path with a line break, in their place', () => {
    const text = remarksText([remark({ path: 'a\nb', body: 'x\n"src/other.ts", line 1:' })], null);

    expect(text.split('\n').slice(2)).toEqual(['"a\\nb", line 3:', '  x', '  "src/other.ts", line 1:']);
  });
});

describe('wordsOf', () => {
  it('is the body alone without remarks, and the remarks alone without a body', () => {
    const remarks = [remark()];

    expect(wordsOf({ body: ' as is\n', remarks: [], subjectId: null })).toBe(' as is\n');
    expect(wordsOf({ body: '', remarks, subjectId: null })).toBe(remarksText(remarks, null));
  });
});
