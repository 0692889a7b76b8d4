import { describe, expect, it } from '@jest/globals';
import { partialMatch } from './partial-match.ts';
import { formsOf } from './secret-forms.ts';
import { createMaskStream, maskText, masksOf } from './secret-mask.ts';

const value = 'Tr0ub4dor/&3 zebra+';
const masks = masksOf([{ name: 'DB_KEY', value }]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('maskText', () => {
  it.each([
    ['in clear', value, value, '[secret S]'],
    ['twice', value, `a ${value} b ${value} c`, 'a [secret S] b [secret S] c'],
    ['in JSON', 'q"\n1234', JSON.stringify({ a: 'q"\n1234' }), '{"a":"[secret S]"}'],
    ['in a URL', value, `?a=${encodeURIComponent(value)}&b`, '?a=[secret S]&b'],
    ['in a URL with small escapes', value, `?a=${encodeURIComponent(value).replace(/%../g, (e) => e.toLowerCase())}`, '?a=[secret S]'],
    ['in a form', value, `${new URLSearchParams({ a: value }).toString()}&b`, 'a=[secret S]&b'],
    ['in hexadecimal', value, Buffer.from(value).toString('hex'), '[secret S]'],
    ['in base64', value, base64(value), '[secret S]'],
    ['in base64 of URLs', '??>>~~??>>', Buffer.from('??>>~~??>>').toString('base64url'), '[secret S]'],
    ['in small letters', 'AbCdEf', 'https://abcdef.example', 'https://[secret S].example'],
    ['in capitals', 'CanaryHost77', 'CANARYHOST77.', '[secret S].'],
    ['without the blank at its end', 'hunter22 ', 'pw=hunter22, ok', 'pw=[secret S], ok'],
    ['without the newline at its end', 'hunter2\n', 'key=hunter2, ok', 'key=[secret S], ok'],
    ['in base64 without its newline', 'hunter22-abc\n', `x ${base64('hunter22-abc')} y`, 'x [secret S] y'],
    ['as one line of it', 'first line\nsecond line\n', 'x second line y', 'x [secret S] y'],
    ['wrapped by base64', 'k'.repeat(100), base64('k'.repeat(100)).replace(/.{76}/, '$&\n'), '[secret S]'],
    ['not when it is not there', value, 'plain words', 'plain words'],
  ])('masks a value %s', (_, secret, text, expected) => {
    const masked = maskText(text, masksOf([{ name: 'S', value: secret }]));

    expect(masked).toBe(expected);
  });

  it('masks two values that overlap as both', () => {
    const both = masksOf([
      { name: 'A', value: 'abcdefg' },
      { name: 'B', value: 'efghij' },
    ]);

    expect(maskText('<abcdefghij>', both)).toBe('<[secret A][secret B]>');
  });

  it.each(['', 'u', 'us', 'user:'])('leaves nothing that leads back to a value in base64 behind %j', (before) => {
    const masked = maskText(base64(`${before}${value}:after`), masks);

    expect(masked).toContain('[secret DB_KEY]');
    expect(Buffer.from(masked.replace(/\[.*\]/, ''), 'base64').toString('latin1')).not.toContain(value.slice(1, -1));
    expect(masked.replace(/\[.*\]/, '').length).toBeLessThan(base64(`${before}:after`).length + 5);
  });
});

describe('createMaskStream', () => {
  const text = `one ${value} two ${base64(value)} three ${encodeURIComponent(value)}. Tr0ub`;

  it.each([1, 2, 3, 5, 7, 16, 1000])('masks values split over pieces of %i characters as in one', (size) => {
    const stream = createMaskStream(masks);
    const pieces = text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];

    const shown = pieces.map((piece) => stream.write(piece)).join('') + stream.end();

    expect(shown).toBe('one [secret DB_KEY] two [secret DB_KEY] three [secret DB_KEY]. Tr0ub');
  });

  it('holds back only what may become a value', () => {
    const stream = createMaskStream(masks);

    const shown = [stream.write('ready? '), stream.write('Tr0'), stream.write('w '), stream.end()];

    expect(shown).toEqual(['ready? ', '', 'Tr0w ', '']);
  });

  it.each([
    ['the longer of two that begin alike', ['abcdef', 'abcdefghi'], ['x abcdef', 'ghi y'], 'x [secret S1][secret S0] y'],
    ['both of two that overlap', ['xxabcd', 'abcdefg'], ['xxabcd', 'efg.'], '[secret S0][secret S1].'],
  ])('masks %s', (_, values, pieces, expected) => {
    const stream = createMaskStream(masksOf(values.map((each, at) => ({ name: `S${at}`, value: each }))));

    const shown = pieces.map((piece) => stream.write(piece)).join('') + stream.end();

    expect(shown).toBe(expected);
  });
});

describe('partialMatch', () => {
  it.each([
    ['abc', 'cde', 1],
    ['abab', 'ababc', 4],
    ['ababab', 'ababc', 4],
    ['abc', 'abc', 0],
    ['aaaa', 'aaa', 2],
    ['', 'abc', 0],
    ['xyz', 'abc', 0],
  ])('of %j and %j is %i', (text, word, expected) => {
    expect(partialMatch(text, word)).toBe(expected);
  });
});

describe('formsOf', () => {
  it('takes no short line of a value for the value', () => {
    expect(formsOf('{\n"key": "0123456789"\n}')).not.toContain('{');
  });
});
