import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { openProjectSecrets } from '../../db/project-secrets.ts';
import { unwrap } from '../client/index.ts';
import { openHarness, type Harness } from '../testing/harness.ts';

const value = 'api-canary-value';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

let made = 0;
async function project(): Promise<string> {
  made += 1;
  return (await unwrap(harness.api.POST('/api/projects', { body: { name: `secretive-${made}`, repositoryUrl: '/repo' } }))).projectId;
}

const put = (projectId: string, name: string, body: { value: string }) =>
  harness.api.PUT('/api/projects/{projectId}/secrets/{name}', { params: { path: { projectId, name } }, body });
const remove = (projectId: string, name: string) =>
  harness.api.DELETE('/api/projects/{projectId}/secrets/{name}', { params: { path: { projectId, name } } });
const list = (projectId: string) => unwrap(harness.api.GET('/api/projects/{projectId}/secrets', { params: { path: { projectId } } }));

describe('secrets of a project', () => {
  it('are set, replaced, named and removed, and never answered', async () => {
    const projectId = await project();

    const set = await unwrap(put(projectId, 'DB_KEY', { value: 'first-value' }));
    await unwrap(put(projectId, 'DB_KEY', { value }));
    await unwrap(put(projectId, 'API_KEY', { value: 'other-value' }));
    const listed = await list(projectId);
    const stored = await harness.database.withTenant('default', (tx) =>
      openProjectSecrets(tx, harness.deps.projectSecretKeys, { tenantId: 'default', projectId }),
    );
    const removed = await unwrap(remove(projectId, 'API_KEY'));

    expect(set).toEqual({ name: 'DB_KEY', changedBy: expect.any(String), changedAtMs: expect.any(Number) });
    expect(listed.items.map(({ name }) => name)).toEqual(['API_KEY', 'DB_KEY']);
    expect(JSON.stringify([set, listed])).not.toContain('value');
    expect(stored.secrets).toContainEqual({ name: 'DB_KEY', value });
    expect(removed).toEqual({ name: 'API_KEY' });
    expect((await list(projectId)).items).toHaveLength(1);
  });

  it('are recorded by name, and their values stand in no table', async () => {
    const projectId = await project();

    await unwrap(put(projectId, 'DB_KEY', { value }));
    await unwrap(remove(projectId, 'DB_KEY'));
    const { items } = await unwrap(harness.api.GET('/api/activity'));
    const rows = await harness.database.withTenant('default', (tx) => tx.execute(sql`select a::text as row from activity a`));

    expect(items.slice(0, 2)).toMatchObject([
      { verb: 'project.secret-removed', detail: { projectId, secret: 'DB_KEY' } },
      { verb: 'project.secret-set', detail: { projectId, secret: 'DB_KEY' } },
    ]);
    expect(JSON.stringify(rows)).not.toContain(value);
  });

  it.each([
    ['a name in small letters', 'db_key', value, 404, /capitals/],
    ['a name that begins with a digit', '1KEY', value, 404, /no digit first/],
    ['the name of the search path', 'PATH', value, 404, /reserved/],
    ['a name of git', 'GIT_SSH_COMMAND', value, 404, /reserved/],
    ['a name of ours', 'ASTRAFORGE_KEY', value, 404, /reserved/],
    ['the options of Node', 'NODE_OPTIONS', value, 404, /reserved/],
    ['a name of the loader', 'LD_PRELOAD', value, 404, /reserved/],
    ['a value that is too short', 'DB_KEY', '12345', 422, /at least 6 characters/],
    ['a value that is nearly blank', 'DB_KEY', `ab${' '.repeat(20)}`, 422, /blank/],
    ['a value that is too long', 'DB_KEY', 'ü'.repeat(8_193), 422, /at most 16 KiB/],
    ['a value with NUL', 'DB_KEY', 'canary\0canary', 422, /NUL/],
  ])('are refused with %s, in words that do not repeat it', async (_, name, wrong, status, words) => {
    const projectId = await project();

    const { error } = await put(projectId, name, { value: wrong });

    expect(error).toMatchObject({ status });
    expect(error?.detail).toMatch(words);
    expect(JSON.stringify(error)).not.toContain(wrong);
    expect((await list(projectId)).items).toEqual([]);
  });

  it('are those of a project that is there, and removed only once', async () => {
    const projectId = await project();

    const elsewhere = await put('nowhere', 'DB_KEY', { value });
    const absent = await remove(projectId, 'DB_KEY');

    expect([elsewhere.error, absent.error]).toMatchObject([
      { status: 404, code: 'not-found' },
      { status: 404, code: 'not-found', detail: expect.stringContaining('DB_KEY') },
    ]);
  });

  it('take a value of 16 KiB with lines in it as it is', async () => {
    const projectId = await project();
    const large = `${'line\r\n'.repeat(2_730)}end.`;

    await unwrap(put(projectId, 'LARGE', { value: large }));
    const { secrets } = await harness.database.withTenant('default', (tx) =>
      openProjectSecrets(tx, harness.deps.projectSecretKeys, { tenantId: 'default', projectId }),
    );

    expect(Buffer.byteLength(large)).toBe(16_384);
    expect(secrets).toEqual([{ name: 'LARGE', value: large }]);
  });
});
