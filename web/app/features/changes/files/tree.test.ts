import { describe, expect, it } from '@jest/globals';
import { fileOf } from './file.fixture.ts';
import { filesInOrder, filterFiles, treeMove, treeOf, treeRows, type TreeRow } from './tree.ts';

const files = ['README.md', 'src/app/deep/one.ts', 'src/app/deep/two.ts', 'src/main.ts', 'a.txt'].map((path) => fileOf({ path }));
const tree = treeOf(files);

function show(rows: TreeRow[]): string[] {
  return rows.map(({ node, level, position, setSize }) => `${'  '.repeat(level - 1)}${node.name} ${position}/${setSize}`);
}

describe('treeOf', () => {
  it('puts folders first, joins folders that hold only a folder, and sums what is below', () => {
    expect(show(treeRows(tree, new Set()))).toEqual([
      'src 1/3',
      '  app/deep 1/2',
      '    one.ts 1/2',
      '    two.ts 2/2',
      '  main.ts 2/2',
      'README.md 2/3',
      'a.txt 3/3',
    ]);
    expect(tree[0]).toMatchObject({ files: 3, insertions: 3, deletions: 3, path: 'src' });
  });

  it('gives the order in which the changes stand', () => {
    expect(filesInOrder(tree).map(({ path }) => path)).toEqual([
      'src/app/deep/one.ts',
      'src/app/deep/two.ts',
      'src/main.ts',
      'README.md',
      'a.txt',
    ]);
  });

  it('takes names that objects know already', () => {
    const odd = treeOf([fileOf({ path: '__proto__/constructor' }), fileOf({ path: 'toString' })]);

    expect(filesInOrder(odd).map(({ path }) => path)).toEqual(['__proto__/constructor', 'toString']);
  });
});

describe('treeRows', () => {
  it('leaves out what is in a shut folder', () => {
    expect(show(treeRows(tree, new Set(['src'])))).toEqual(['src 1/3', 'README.md 2/3', 'a.txt 3/3']);
  });
});

describe('filterFiles', () => {
  it.each([
    ['', 5],
    ['  ', 5],
    ['APP', 2],
    ['ts main', 1],
    ['nowhere', 0],
  ])('%j finds %d', (text, count) => {
    expect(filterFiles(files, text)).toHaveLength(count);
  });

  it('finds a renamed file by its former path', () => {
    expect(filterFiles([fileOf({ path: 'new.ts', oldPath: 'old.ts' })], 'old')).toHaveLength(1);
  });
});

describe('treeMove', () => {
  const open = treeRows(tree, new Set());
  const shut = treeRows(tree, new Set(['src']));

  it.each([
    ['down', open, 0, 'ArrowDown', { kind: 'go', index: 1 }],
    ['down at the end', open, 6, 'ArrowDown', { kind: 'go', index: 6 }],
    ['up at the start', open, 0, 'ArrowUp', { kind: 'go', index: 0 }],
    ['to the end', open, 1, 'End', { kind: 'go', index: 6 }],
    ['to the start', open, 4, 'Home', { kind: 'go', index: 0 }],
    ['right into an open folder', open, 0, 'ArrowRight', { kind: 'go', index: 1 }],
    ['right opens a shut one', shut, 0, 'ArrowRight', { kind: 'toggle', path: 'src' }],
    ['right on a file', open, 2, 'ArrowRight', null],
    ['left shuts an open folder', open, 1, 'ArrowLeft', { kind: 'toggle', path: 'src/app/deep' }],
    ['left goes to the folder of a file', open, 3, 'ArrowLeft', { kind: 'go', index: 1 }],
    ['left at the top', open, 6, 'ArrowLeft', null],
    ['enter on a folder', open, 0, 'Enter', { kind: 'toggle', path: 'src' }],
    ['enter on a file', open, 2, 'Enter', { kind: 'choose', path: 'src/app/deep/one.ts' }],
    ['any other key', open, 0, 'x', null],
    ['no row', open, 99, 'ArrowDown', null],
  ])('%s', (_, rows, at, key, expected) => {
    expect(treeMove(rows, at, key)).toEqual(expected);
  });
});
