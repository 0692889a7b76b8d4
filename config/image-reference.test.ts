import { describe, expect, it } from '@jest/globals';
import { hasPublicRegistry, ImageReference } from './image-reference.ts';

describe('the name of an image', () => {
  it.each([
    'postgres',
    'postgres:16-alpine',
    'astraforge/codex-cli:latest',
    'registry.example.org:5000/team/a__b/image:1.2_3',
    'localhost:5000/image',
    `example.org/image:1@sha256:${'0a'.repeat(32)}`,
    'cafe:latest',
    'library/cafe',
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
    ['the beginning of an id', '3f2a9c1bd0e4'],
    ['an id', '0a'.repeat(32)],
    ['an id with its algorithm', `sha256:${'0a'.repeat(32)}`],
    ['the beginning of one with its algorithm', 'sha256:3f'],
    ['many separators that lead nowhere', `a${'-'.repeat(280)}!`],
  ])('may not hold %s', (_what, name) => {
    expect(ImageReference.safeParse(name).success).toBe(false);
  });
});

describe('a registry', () => {
  it.each([
    'postgres:16-alpine',
    'team/image',
    'localhosts/image',
    'registry.example.org:5000/team/image',
    'localhost.example.org/image',
    '8.8.8.8:5000/image',
    'Registry/image',
  ])('may be public in %s', (image) => {
    expect(hasPublicRegistry(image)).toBe(true);
  });

  it.each([
    '127.0.0.1:8200/a/b',
    '169.254.169.254/latest/meta-data',
    '10.1.2.3/image',
    '172.16.0.9:5000/image',
    '192.168.1.1/image',
    '0.0.0.0:80/image',
    'localhost/image',
    'localhost:5000/image',
    'LOCALHOST:5000/image',
    'localhost.:5000/image',
    'registry.localhost:5000/image',
    '127.1:80/image',
    '127.0.0.1.:80/image',
    '2130706433:80/image',
    '0x7f.1/image',
    '0177.0.0.1/image',
    'example.org:70000/image',
  ])('is not public in %s', (image) => {
    expect(hasPublicRegistry(image)).toBe(false);
  });
});
