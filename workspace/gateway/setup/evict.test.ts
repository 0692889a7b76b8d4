import { expect, it } from '@jest/globals';
import { chooseEvictions } from './evict.ts';
import type { StoredFile } from './evict.ts';

const files: StoredFile[] = [
  { path: 'second', sizeBytes: 20, usedAtMs: 2 },
  { path: 'first', sizeBytes: 10, usedAtMs: 1 },
  { path: 'last', sizeBytes: 40, usedAtMs: 4 },
  { path: 'third', sizeBytes: 30, usedAtMs: 3 },
];

it.each([
  [100, []],
  [99, ['first']],
  [90, ['first']],
  [89, ['first', 'second']],
  [40, ['first', 'second', 'third']],
  [0, ['first', 'second', 'third', 'last']],
])('of 100 bytes with room for %i those unused for longest go: %j', (maxBytes, expected) => {
  expect(chooseEvictions(files, maxBytes)).toEqual(expected);
});
