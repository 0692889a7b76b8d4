import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../workflows/contracts/errors.ts';
import { seal, unseal } from './envelope.ts';

const key = 'k'.repeat(43);
const other = 'o'.repeat(43);
const context = ['tenant', 'project', 'NAME'];

/** The code that opening ends with. */
function refusal(open: () => string): string {
  try {
    return open();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

describe('an envelope', () => {
  it.each(['plain', '', 'ü\n\0💥', 'x'.repeat(65_536)])('gives back what was put in (%#), and shows nothing of it', (text) => {
    const envelope = seal(key, text, context);

    expect(unseal([other, key], envelope, context)).toBe(text);
    expect(envelope).toMatch(/^v1\.[0-9a-f]{12}\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/);
    expect(seal(key, text, context)).not.toBe(envelope);
  });

  it('opens by no other key and says so', () => {
    const envelope = seal(key, 'text', context);

    expect(refusal(() => unseal([other], envelope, context))).toBe('envelope-key');
  });

  it.each([
    ['in another place', (envelope: string) => envelope, ['tenant', 'project', 'OTHER']],
    [
      'when its text was changed',
      (envelope: string) => envelope.replace(/\.([\w-])([\w-]*\.[\w-]+)$/, (_, a: string, b: string) => `.${a === 'A' ? 'B' : 'A'}${b}`),
      context,
    ],
    ['when its tag was cut', (envelope: string) => envelope.slice(0, -4), context],
    ['when a part is missing', (envelope: string) => envelope.split('.').slice(0, 4).join('.'), context],
    ['when it is something else', () => 'text', context],
  ])('does not open %s', (_, change, where) => {
    const envelope = change(seal(key, 'some text', context));

    expect(refusal(() => unseal([key], envelope, where))).toBe('envelope-broken');
  });
});
