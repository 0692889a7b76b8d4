import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redactText } from '../../../config/redaction.ts';
import { putProjectSecret, type SecretKeys } from '../../../db/project-secrets.ts';
import { openTestDatabase, type TestDatabase } from '../../../db/testing.ts';
import { exchange } from '../testing/client.ts';
import { startDoor, type TestDoor } from '../testing/harness.ts';
import { memoryLogger } from '../testing/memory.ts';
import type { WorkspaceRow } from '../workspace-resolver.ts';
import { createSecretsRoute } from './handler.ts';
import { createSecretVault } from './vault.ts';

const keys: SecretKeys = ['k'.repeat(43)];
const value = 'gateway-canary-value';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
  const secret = { tenantId: 'default', projectId: 'p1', name: 'DB_KEY', value, changedBy: 'Ada' };
  await test.database.withTenant('default', (tx) => putProjectSecret(tx, keys, secret));
});
afterAll(() => test.close());

async function ask(
  purpose: WorkspaceRow['purpose'],
  options: { keys?: SecretKeys; projectId?: string | null; path?: string; method?: string } = {},
) {
  const logger = memoryLogger();
  const vault = createSecretVault(test.database, options.keys ?? keys);
  const projectOf = () => Promise.resolve(options.projectId === undefined ? 'p1' : options.projectId);
  const door: TestDoor = await startDoor({ row: { purpose }, routes: { secrets: createSecretsRoute({ vault, projectOf, logger }) } });
  const { path = '/secrets/checks', method = 'GET' } = options;
  const answer = await exchange(door.socketPath, { path, method, token: door.token });
  await door.close();
  return { answer, logged: JSON.stringify(logger.lines) };
}

describe('secrets of a project at the door', () => {
  it('are given to a place for checks, and known to the redactor of the gateway from then on', async () => {
    const { answer } = await ask('checks');

    expect(answer.json()).toEqual({ secrets: [{ name: 'DB_KEY', value }] });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(redactText(`host ${value}.example`)).toBe('host [secret DB_KEY].example');
  });

  it.each(['agent', 'review'] as const)('are refused to a workspace of purpose %s, and that is logged', async (purpose) => {
    const { answer, logged } = await ask(purpose);

    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'secrets-for-checks' });
    expect(answer.text).not.toContain(value);
    expect(logged).toContain('project secrets refused');
  });

  it('are told by name when their key is lost, with what to do', async () => {
    const { answer } = await ask('checks', { keys: ['o'.repeat(43)] });

    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'project-secret-unreadable' });
    expect(answer.text).toMatch(
      /reading the project’s secrets: DB_KEY was stored under another key .*; put .* back .*, or set the value again/,
    );
  });

  it.each([
    ['another path', { path: '/secrets/all' }, 404],
    ['another method', { method: 'POST' }, 404],
    ['a project that is gone', { projectId: null }, 409],
  ])('are not to be had by %s', async (_, options, status) => {
    const { answer } = await ask('checks', options);

    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain(value);
  });
});
