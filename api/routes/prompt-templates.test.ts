import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { insertPromptTemplate } from '../../db/prompt-templates.ts';
import { unwrap, type Schemas } from '../client/index.ts';
import { openHarness, type Harness } from '../testing/harness.ts';

let harness: Harness;
let projectId: string;
beforeAll(async () => {
  harness = await openHarness();
  ({ projectId } = await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } })));
});
afterAll(() => harness.close());

function create(body: Schemas['PromptTemplateCreate'], key?: string) {
  return harness.fetch('/api/prompt-templates', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
    body: JSON.stringify(body),
  });
}

async function names(query: { projectId?: string } = {}): Promise<string[]> {
  const { items } = await unwrap(harness.api.GET('/api/prompt-templates', { params: { query } }));
  return items.map(({ name }) => name);
}

describe('prompt templates', () => {
  it('are kept, changed and removed', async () => {
    const made = (await (
      await create({ name: 'Upgrade', body: 'Upgrade {package}\n', projectId: null })
    ).json()) as Schemas['PromptTemplate'];
    const params = { path: { templateId: made.templateId } };

    const renamed = await unwrap(harness.api.PATCH('/api/prompt-templates/{templateId}', { params, body: { name: 'Upgrade a package' } }));
    const listed = await names();
    const removed = await unwrap(harness.api.DELETE('/api/prompt-templates/{templateId}', { params }));
    const again = await harness.fetch(`/api/prompt-templates/${made.templateId}`, { method: 'DELETE' });

    expect(renamed).toEqual({ ...made, name: 'Upgrade a package', body: 'Upgrade {package}\n' });
    expect(listed).toEqual(['Upgrade a package']);
    expect(removed).toEqual({ templateId: made.templateId });
    expect(again.status).toBe(404);
    expect(await names()).toEqual([]);
  });

  it('of a project stand beside those of the tenant, each name once in each', async () => {
    const made = await Promise.all([
      create({ name: 'Fix', body: 'b', projectId: null }),
      create({ name: 'Fix', body: 'b', projectId }),
      create({ name: 'Only there', body: 'b', projectId }),
    ]);
    const taken = await create({ name: 'Fix', body: 'other', projectId });
    const [, ofProject] = (await Promise.all(made.map((response) => response.json()))) as Schemas['PromptTemplate'][];
    const renamed = await harness.fetch(`/api/prompt-templates/${ofProject?.templateId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Only there' }),
    });

    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect((await names({ projectId })).sort()).toEqual(['Fix', 'Fix', 'Only there']);
    expect(await names({ projectId: uuid() })).toEqual(['Fix']);
    for (const refused of [taken, renamed]) expect(await refused.json()).toMatchObject({ code: 'template-name-taken', status: 409 });
  });

  it('of another tenant are neither seen nor touched', async () => {
    const templateId = uuid();
    const foreign = { tenantId: 'other', templateId, name: 'Secret', body: 'b', projectId: null };
    await harness.database.withTenant('other', (tx) => insertPromptTemplate(tx, foreign));
    const path = `/api/prompt-templates/${templateId}`;
    const headers = { 'content-type': 'application/json' };

    const changed = await harness.fetch(path, { method: 'PATCH', headers, body: '{"name":"Mine"}' });
    const removed = await harness.fetch(path, { method: 'DELETE' });

    expect([changed.status, removed.status]).toEqual([404, 404]);
    expect(await names()).not.toContain('Secret');
  });

  it('make one of a key, however often it is sent', async () => {
    const key = uuid();
    const body = { name: 'Once', body: 'b', projectId: null };

    const answers = await Promise.all([create(body, key), create(body, key)]);
    const ids = (await Promise.all(answers.map((answer) => answer.json()))).map((made) => (made as Schemas['PromptTemplate']).templateId);

    expect(new Set(ids).size).toBe(1);
    expect((await names()).filter((name) => name === 'Once')).toHaveLength(1);
  });

  it.each([
    ['no name', { name: ' ', body: 'b' }, 422],
    ['no words', { name: 'n', body: '\n' }, 422],
    ['a name that is too long', { name: 'n'.repeat(101), body: 'b' }, 422],
    ['words that are too long', { name: 'n', body: 'b'.repeat(100_001) }, 422],
    ['a NUL character', { name: 'n', body: 'b\0' }, 422],
    ['a project that is not there', { name: 'n', body: 'b', projectId: 'nothing' }, 404],
  ])('refuse %s', async (_name, body, status) => {
    expect((await create(body as Schemas['PromptTemplateCreate'])).status).toBe(status);
  });
});
