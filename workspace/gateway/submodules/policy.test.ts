import { describe, expect, it } from '@jest/globals';
import { judgeSubmodules, parseSubmodules, resolveSubmoduleUrl, submoduleKey } from './policy.ts';

describe('parseSubmodules', () => {
  it('reads names with dots and spaces, and leaves halves out', () => {
    const listing =
      'core.bare\nfalse\0submodule.libs/a.b c.path\nlibs/a\0submodule.libs/a.b c.url\n../a.git\0submodule.half.path\nhalf\0submodule.x.branch\nmain\0';

    expect(parseSubmodules(listing)).toEqual([{ name: 'libs/a.b c', path: 'libs/a', url: '../a.git' }]);
  });
});

describe('resolveSubmoduleUrl', () => {
  it.each([
    ['https://forge.test/team/app.git', '../lib.git', 'https://forge.test/team/lib.git'],
    ['https://forge.test/team/app', '../../other/lib', 'https://forge.test/other/lib'],
    ['https://forge.test/team/app', './sub', 'https://forge.test/team/app/sub'],
    ['/srv/git/app.git/', '../lib.git', '/srv/git/lib.git'],
    ['https://forge.test/team/app', 'https://else.test/x', 'https://else.test/x'],
  ])('%s and %s', (base, url, resolved) => {
    expect(resolveSubmoduleUrl(base, url)).toBe(resolved);
  });
});

describe('judgeSubmodules', () => {
  const project = {
    repositoryUrl: 'https://forge.test/team/app.git',
    allowed: ['../lib.git', 'https://forge.test/shared/tools', 'https://else.test/team/lib'],
  };
  const judge = (url: string, of = project) => judgeSubmodules([{ name: 'x', path: 'x', url }], of)[0];

  it.each(['../lib.git', '../lib', 'https://forge.test/team/lib.git', 'https://forge.test/team/lib/'])(
    'allows %s, which is listed',
    (url) => {
      expect(judge(url)).toMatchObject({ key: submoduleKey('https://forge.test/team/lib'), reason: null });
    },
  );

  it.each([
    ['a sibling that is not listed', '../secret.git', /settings do not list it/],
    ['a path that only begins like a listed one', '../lib-secret', /settings do not list it/],
    ['another forge, although it is listed', 'https://else.test/team/lib', /not on the forge/],
    ['another port of the forge', 'https://forge.test:8443/team/lib', /not on the forge/],
    ['a credential in the address', 'https://me:pass@forge.test/team/lib', /not on the forge/],
    ['a path of the gateway’s machine', '/etc', /not on the forge/],
    ['a file address', 'file:///srv/git/lib.git', /not on the forge/],
    ['a program', 'ext::sh -c id', /not on the forge/],
    ['too many steps up', '../../../../../etc', /not on the forge|do not list/],
  ])('refuses %s', (_what, url, reason) => {
    expect(judge(url)).toMatchObject({ key: null, reason: expect.stringMatching(reason) });
  });

  it.each([
    ['../lib.git', true],
    ['/srv/git/lib', true],
    ['../other.git', false],
    ['/srv/git/../../etc', false],
    ['https://forge.test/team/lib', false],
  ])('beside a repository on this machine: %s', (url, allowed) => {
    const judged = judge(url, {
      repositoryUrl: '/srv/git/app.git',
      allowed: ['../lib.git', '/srv/git/../../etc', 'https://forge.test/team/lib'],
    });

    expect(judged?.key !== null).toBe(allowed);
  });
});
