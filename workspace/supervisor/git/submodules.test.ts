import { describe, expect, it } from '@jest/globals';
import { submoduleConfig } from './submodules.ts';

describe('submoduleConfig', () => {
  it('names each address, and escapes what a section may not hold', () => {
    const text = submoduleConfig([
      { name: 'libs/a', url: 'http://127.0.0.1:1/git/a' },
      { name: 'od"d\\', url: 'http://127.0.0.1:1/git/b' },
    ]);

    expect(text).toBe(
      '[submodule "libs/a"]\n\tactive = true\n\turl = http://127.0.0.1:1/git/a\n[submodule "od\\"d\\\\"]\n\tactive = true\n\turl = http://127.0.0.1:1/git/b\n',
    );
  });

  it('leaves out a name that would begin a section of its own', () => {
    expect(submoduleConfig([{ name: 'x"]\n[core]\n\tfsmonitor = evil\n', url: 'http://127.0.0.1:1/git/a' }])).toBe('');
  });
});
