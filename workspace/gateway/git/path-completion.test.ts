import { describe, expect, it } from '@jest/globals';
import { completePaths } from './path-completion.ts';

const paths = [
  'README.md',
  'src/cart.ts',
  'src/cart.test.ts',
  'src/shop/cart-item.ts',
  'cart/index.ts',
  'docs/scarting.md',
  'src/c/a/rt.ts',
];

describe('completePaths', () => {
  const cases: [string, string, string[]][] = [
    [
      'names that begin with it first, then paths, then the middle of names, then letters in order',
      'cart',
      ['src/cart.ts', 'src/cart.test.ts', 'src/shop/cart-item.ts', 'cart/index.ts', 'docs/scarting.md', 'src/c/a/rt.ts'],
    ],
    [
      'a file of that very name before longer ones',
      'cart.ts',
      ['src/cart.ts', 'cart/index.ts', 'src/c/a/rt.ts', 'src/cart.test.ts', 'src/shop/cart-item.ts'],
    ],
    ['any case', 'READme', ['README.md']],
    ['a part of the folders', 'shop/c', ['src/shop/cart-item.ts']],
    ['nothing for letters that are not there', 'zzz', []],
  ];

  it.each(cases)('answers %s', (_name, query, expected) => {
    expect(completePaths(paths, query, 50)).toEqual({ items: expected, more: false });
  });

  it('shows what lies near the root when there are no letters yet, and says that there is more', () => {
    expect(completePaths(paths, '', 3)).toEqual({ items: ['README.md', 'src/cart.ts', 'cart/index.ts'], more: true });
  });

  it('takes letters that are no pattern', () => {
    expect(completePaths(['a(b.ts', 'ab.ts', 'a*b'], '(b', 9).items).toEqual(['a(b.ts']);
    expect(completePaths(['a(b.ts', 'ab.ts', 'a*b'], '*', 9).items).toEqual(['a*b']);
  });
});
