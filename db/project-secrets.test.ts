import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { DomainError } from '../workflows/contracts/errors.ts';
import { deleteProjectSecret, listProjectSecrets, openProjectSecrets, projectSecretLimits, putProjectSecret } from './project-secrets.ts';
import type { SecretKeys } from './project-secrets.ts';
import type { Tx } from './port.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const keys: SecretKeys = ['k'.repeat(43)];
const other: SecretKeys = ['o'.repeat(43)];

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

const inTenant = <T>(work: (tx: Tx) => Promise<T>, tenantId = 't1') => test.database.withTenant(tenantId, work);
const put = (projectId: string, name: string, value: string, by = keys) =>
  inTenant((tx) => putProjectSecret(tx, by, { tenantId: 't1', projectId, name, value, changedBy: 'Ada' }));
const open = (projectId: string, by: SecretKeys = keys) => inTenant((tx) => openProjectSecrets(tx, by, { tenantId: 't1', projectId }));

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof DomainError ? error.code : String(error);
}

describe('secrets of a project', () => {
  it('are listed by name, replaced and deleted, and open to whoever holds the key', async () => {
    await put('p1', 'B_KEY', 'first value');
    await put('p1', 'A_KEY', 'a value');
    await put('p1', 'B_KEY', 'second value');
    await put('p2', 'B_KEY', 'of another project');

    const listed = await inTenant((tx) => listProjectSecrets(tx, 'p1'));
    const opened = await open('p1');
    const deleted = await inTenant((tx) => deleteProjectSecret(tx, 'p1', 'A_KEY'));
    const again = await inTenant((tx) => deleteProjectSecret(tx, 'p1', 'A_KEY'));

    expect(listed).toMatchObject([{ name: 'A_KEY', changedBy: 'Ada' }, { name: 'B_KEY' }]);
    expect(opened).toEqual({
      secrets: [
        { name: 'A_KEY', value: 'a value' },
        { name: 'B_KEY', value: 'second value' },
      ],
      unreadable: [],
    });
    expect([deleted, again]).toEqual([true, false]);
    expect((await open('p1')).secrets).toHaveLength(1);
    expect(await inTenant((tx) => listProjectSecrets(tx, 'p1'), 't2')).toEqual([]);
  });

  it('are nowhere in clear in the database', async () => {
    await put('p3', 'CLEAR', 'canary-in-clear');

    const rows = await inTenant((tx) => tx.execute(sql`select p::text as row from project_secrets p where project_id = 'p3'`));

    expect(JSON.stringify(rows)).toContain('CLEAR');
    expect(JSON.stringify(rows)).not.toContain('canary');
  });

  it('outlive a change of the key, and without their key only say which they are', async () => {
    await put('p4', 'OLD', 'old value');
    await put('p4', 'NEW', 'new value', other);

    const both = await open('p4', [other[0], keys[0]]);
    const lost = await open('p4', other);

    expect(both.secrets.map(({ value }) => value)).toEqual(['new value', 'old value']);
    expect(lost).toEqual({ secrets: [{ name: 'NEW', value: 'new value' }], unreadable: ['OLD'] });
  });

  it('cannot be passed off as those of another name', async () => {
    await put('p5', 'ADMIN', 'admin value');
    await put('p5', 'USER_KEY', 'user value');
    await inTenant((tx) =>
      tx.execute(
        sql`update project_secrets set envelope = (select envelope from project_secrets where project_id = 'p5' and name = 'ADMIN') where project_id = 'p5' and name = 'USER_KEY'`,
      ),
    );

    expect((await open('p5')).unreadable).toEqual(['USER_KEY']);
  });

  it('have a limit in number and in size; replacing one is always possible', async () => {
    for (let at = 0; at < projectSecretLimits.count; at += 1) await put('p6', `KEY_${at}`, 'a value');
    for (let at = 0; at < 8; at += 1) await put('p7', `KEY_${at}`, 'x'.repeat(16_384));

    const tooMany = await refusal(put('p6', 'ONE_MORE', 'a value'));
    const tooMuch = await refusal(put('p7', 'ONE_MORE', 'x'.repeat(16_384)));

    expect([tooMany, tooMuch]).toEqual(['project-secrets-full', 'project-secrets-full']);
    await expect(put('p6', 'KEY_1', 'other value')).resolves.toMatchObject({ name: 'KEY_1' });
  });
});
