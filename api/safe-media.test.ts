import { describe, expect, it } from '@jest/globals';
import { pictureType } from './safe-media.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('pictureType', () => {
  const cases: [string, string, string | null][] = [
    ['PNG', '\x89PNG\r\n\x1a\n____', 'image/png'],
    ['JPEG', '\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF', 'GIF89a___', 'image/gif'],
    ['WebP', 'RIFF____WEBPVP8 ', 'image/webp'],
    ['AVIF', '____ftypavif', 'image/avif'],
    ['SVG, which may hold scripts', '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>', null],
    ['HTML', '<!doctype html><script>x</script>', null],
    ['HTML behind the letters of a GIF that is none', ' GIF89a<script>', null],
    ['a sound in a RIFF', 'RIFF____WAVEfmt ', null],
    ['a film', '____ftypisom', null],
    ['nothing', '', null],
  ];

  it.each(cases)('%s', (_name, text, expected) => {
    expect(pictureType(bytes(text))).toBe(expected);
  });
});
