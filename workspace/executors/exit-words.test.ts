import { describe, expect, it } from '@jest/globals';
import { exitCodeOf, exitWords } from './exit-words.ts';

describe('how a process ended', () => {
  it.each([
    [{ code: 3, signal: null }, 3, 'exited with code 3'],
    [{ code: null, signal: 'SIGTERM' }, 143, 'was ended by SIGTERM'],
    [{ code: 139, signal: null }, 139, 'was ended by SIGSEGV'],
    [{ code: 128, signal: null }, 128, 'exited with code 128'],
    [{ code: 255, signal: null }, 255, 'exited with code 255'],
    [{ code: null, signal: null }, null, 'exited with code unknown'],
  ])('%j', (exit, code, words) => {
    expect(exitCodeOf(exit)).toBe(code);
    expect(exitWords(exit)).toBe(words);
  });
});
