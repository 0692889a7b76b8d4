import { describe, expect, it } from '@jest/globals';
import { ImageReference } from './image-reference.ts';

describe('the name of an image', () => {
  it.each([
    'postgres',
    'postgres:16-alpine',
    'astraforge/codex-cli:latest',
    'registry.example.org:5000/team/a__b/image:1.2_3',
    'localhost:5000/image',
    `example.org/image:1@sha256:${'0a'.repeat(32)}`,
  ])('may be %s', (name) => {
    expect(ImageReference.safeParse(name).success).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['an option', '--privileged'],
    ['an address', 'https://example.org/image'],
    ['a line end', 'postgres\n'],
    ['a blank', 'postgres 16'],
    ['capital letters', 'Postgres'],
    ['no tag behind its colon', 'postgres:'],
    ['a digest that is none', 'postgres@sha256:12'],
    ['a way up', '../image'],
    ['many separators that lead nowhere', `a${'-'.repeat(280)}!`],
  ])('may not hold %s', (_what, name) => {
    expect(ImageReference.safeParse(name).success).toBe(false);
  });
});
