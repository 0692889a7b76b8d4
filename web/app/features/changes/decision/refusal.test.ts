import { describe, expect, it } from '@jest/globals';
import { refusalWords } from './refusal.ts';

describe('refusalWords', () => {
  it.each([
    ['gate-closed', true, /faster/],
    ['stale-checkpoint', true, /newer commit/],
    ['request-closed', true, /ended/],
    ['not-a-voter', true, /does not count/],
    ['merge-on-forge', false, /lives/],
    ['too-many-messages', false, /wait/],
    ['something-new', false, /did not work/],
  ])('%s: read again %s', (code, isStale, title) => {
    const words = refusalWords(code);

    expect(words.isStale).toBe(isStale);
    expect(`${words.title} ${words.next}`).toMatch(title);
  });
});
