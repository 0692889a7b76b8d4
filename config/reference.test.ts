import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { renderReference } from './reference.ts';

it('docs/config.md is what the schema says (node config/reference.ts writes it)', async () => {
  const written = await readFile(new URL('../docs/config.md', import.meta.url), 'utf8');

  expect(written).toBe(renderReference());
});
