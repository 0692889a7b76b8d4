import { describe, expect, it } from '@jest/globals';
import type { Schemas } from '~/lib/api.ts';
import { draftOf, isChanged, moveRow, type SettingsDraft } from './settings-draft.ts';
import { fieldErrors, patchOf } from './settings-patch.ts';

const rule = { required: 1, roles: ['admin' as const, 'reviewer' as const], requesterMayVote: true };
const settings: Schemas['ProjectSettings'] = {
  gates: { plan: rule, patch: { ...rule, required: 2 } },
  planFirst: false,
  review: true,
  executor: null,
  model: 'gpt-5.5',
  effort: null,
  image: 'example.org:5000/team/tools:1',
  services: [
    {
      name: 'db',
      image: 'postgres:16',
      port: 5432,
      env: { POSTGRES_PASSWORD: 'test', GREETING: 'a "quoted" word\n', EMPTY: '', BACK: 'a\\b' },
    },
    { name: 'cache', image: 'redis:7', port: 6379, env: {} },
  ],
  setup: 'npm ci',
  checks: [
    { name: 'lint', command: 'npm run lint' },
    { name: 'test', command: 'npm test' },
  ],
  checkTimeoutMs: 600_000,
  repairTurns: 1,
  tokenBudget: 2_000_000,
  warmWorkspaces: 2,
  wallClockMs: 3_600_000,
  inactivityMs: 90_000,
  gateExpiryMs: null,
  submodules: ['../library.git'],
  egress: { presets: ['package-registries'], allow: ['example.org', '*.example.org:8443'] },
  signOff: false,
  signingKeyFile: null,
};
const project = { defaultBranch: 'main', settings };

function edited(changes: Partial<SettingsDraft>): SettingsDraft {
  return { ...draftOf(project), ...changes };
}

describe('the draft of settings', () => {
  it('gives back exactly what the project has', () => {
    expect(patchOf(draftOf(project))).toEqual({ ok: true, body: project });
  });

  it('keeps half minutes and a gate that expires', () => {
    const result = patchOf(edited({ inactivity: '0.5', gateExpiry: '1,5' }));

    expect(result).toMatchObject({ ok: true, body: { settings: { inactivityMs: 30_000, gateExpiryMs: 129_600_000 } } });
  });

  it('takes an empty text for the default', () => {
    expect(patchOf(edited({ model: ' ', setup: '', image: ' ', tokenBudget: ' ' }))).toMatchObject({
      body: { settings: { model: null, setup: null, image: null, tokenBudget: null } },
    });
  });
});

describe('isChanged', () => {
  it.each<[string, Partial<SettingsDraft>, boolean]>([
    ['nothing', {}, false],
    [
      'a blank at the end of a command',
      { checks: draftOf(project).checks.map((check) => ({ ...check, command: `${check.command} ` })) },
      false,
    ],
    ['the roles in another order', { planGate: { required: '1', roles: ['reviewer', 'admin'], requesterMayVote: true } }, false],
    ['the checks in another order', { checks: draftOf(project).checks.toReversed() }, true],
    ['an empty line among the hosts', { allow: 'example.org\n\n*.example.org:8443\n' }, false],
    ['another branch', { defaultBranch: 'next' }, true],
    ['a switch', { signOff: true }, true],
  ])('by %s', (_what, changes, changed) => {
    expect(isChanged(edited(changes), project)).toBe(changed);
  });
});

describe('patchOf', () => {
  const check = (name: string, command = 'x') => ({ key: name, name, command });

  it.each<[Partial<SettingsDraft>, string, string]>([
    [{ checks: [check('a'), check('a')] }, 'checks.1.name', 'Another check is named a.'],
    [{ checks: [check(' ')] }, 'checks.0.name', 'Give the check a name.'],
    [{ checks: [check('a', ' ')] }, 'checks.0.command', 'Enter the command to run.'],
    [{ wallClock: 'soon' }, 'wallClockMs', 'Enter a number from 0.02 to 10080.'],
    [{ repairTurns: '1.5' }, 'repairTurns', 'Enter a whole number from 0 to 5.'],
    [{ repairTurns: '' }, 'repairTurns', 'Enter a whole number from 0 to 5.'],
    [{ warmWorkspaces: '6' }, 'warmWorkspaces', 'Enter a whole number from 0 to 5.'],
    [{ tokenBudget: '-1' }, 'tokenBudget', 'Enter a whole number from 0 to 1000000000000.'],
    [{ gateExpiry: '366' }, 'gateExpiryMs', 'Enter a number from 0.01 to 365.'],
    [
      { patchGate: { required: '21', roles: ['admin'], requesterMayVote: true } },
      'gates.patch.required',
      'Enter a whole number from 0 to 20.',
    ],
    [{ planGate: { required: '1', roles: [], requesterMayVote: true } }, 'gates.plan.roles', 'Choose at least one role.'],
    [{ allow: 'ok.example\nhttps://no.example' }, 'egress.allow', 'https://no.example is no host'],
    [{ image: 'https://example.org/tools' }, 'image', 'https://example.org/tools is no image'],
    [{ image: 'Tools' }, 'image', 'Tools is no image'],
    [{ services: 'db postgres:16' }, 'services', '"db postgres:16" is no service'],
    [{ services: 'db postgres:16 5432 A="' }, 'services', 'is no service'],
    [{ services: 'DB postgres:16 5432' }, 'services', 'DB is no name of a service'],
    [{ services: 'db https://x 5432' }, 'services', 'https://x is no image'],
    [{ services: 'db postgres:16 none' }, 'services', 'none is no port'],
    [{ services: 'db postgres:16 8787' }, 'services', "Port 8787 is the gateway's"],
    [{ services: 'db postgres:16 5432 PASSWORD' }, 'services', 'PASSWORD is no variable of db'],
    [{ services: 'db postgres:16 5432 A=x"y"' }, 'services', 'is no variable of db'],
    [{ services: 'a b:1 1\na b:1 2' }, 'services', 'Another service is named a'],
    [{ services: 'a b:1 1\nc b:1 1' }, 'services', 'Another service has the port 1'],
    [{ defaultBranch: '' }, 'defaultBranch', 'Name a branch.'],
  ])('refuses %j at %s', (changes, field, message) => {
    const result = patchOf(edited(changes));

    expect(result.ok ? {} : Object.keys(result.errors)).toEqual([field]);
    expect(result.ok ? '' : result.errors[field]).toContain(message);
  });
});

describe('fieldErrors', () => {
  it('names the fields as the page does and keeps the first message of each', () => {
    const errors = [
      { path: 'settings.checks.0.name', message: 'one' },
      { path: 'settings.checks.0.name', message: 'two' },
      { path: 'repositoryUrl', message: 'three' },
    ];

    expect(fieldErrors(errors)).toEqual({ 'checks.0.name': 'one', repositoryUrl: 'three' });
    expect(fieldErrors(undefined)).toEqual({});
  });
});

describe('moveRow', () => {
  it.each([
    [0, 1, 'bac'],
    [2, -1, 'acb'],
    [0, -1, 'abc'],
    [2, 1, 'abc'],
  ] as const)('moves row %d by %d: %s', (index, by, expected) => {
    expect(moveRow(['a', 'b', 'c'], index, by).join('')).toBe(expected);
  });
});
