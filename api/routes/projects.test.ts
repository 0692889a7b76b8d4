import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { lockProject, updateProject } from '../../db/projects.ts';
import type { Tx } from '../../db/port.ts';
import { placeWorkspace } from '../../db/workspace-places.ts';
import { unwrap, type Schemas } from '../client/index.ts';
import { openHarness, type Harness } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

let made = 0;
async function project(): Promise<Schemas['Project']> {
  return unwrap(harness.api.POST('/api/projects', { body: { name: `app-${++made}`, repositoryUrl: '/repo' } }));
}

function change(projectId: string, body: Schemas['ProjectPatch']) {
  return harness.api.PATCH('/api/projects/{projectId}', { params: { path: { projectId } }, body });
}

async function isBlocked(tx: Tx): Promise<boolean> {
  return (await tx.execute(sql`select from pg_locks where not granted`)).length > 0;
}

describe('changing a project', () => {
  it('keeps what somebody else changes at the same time', async () => {
    const { projectId, settings } = await project();

    const changing = await harness.database.withTenant('default', async (tx) => {
      await lockProject(tx, projectId);
      await updateProject(tx, projectId, { settings: { ...settings, model: 'theirs' } });
      const started = { other: unwrap(change(projectId, { settings: { effort: 'ours' } })) };
      while (!(await isBlocked(tx))) await new Promise((resolve) => setTimeout(resolve, 10));
      return started;
    });
    const changed = await changing.other;

    expect(changed.settings).toEqual({ ...settings, model: 'theirs', effort: 'ours' });
  });

  it('takes a branch that is there only, and looks at the repository for a new one only', async () => {
    const { projectId } = await project();

    const absent = await change(projectId, { defaultBranch: 'nope' });
    const changed = await unwrap(change(projectId, { defaultBranch: 'next' }));
    await harness.database.withTenant('default', (tx) => updateProject(tx, projectId, { repositoryUrl: '/gone' }));
    const same = await unwrap(change(projectId, { defaultBranch: 'next', settings: { signOff: true } }));

    expect(absent.error).toMatchObject({ code: 'unknown-branch', status: 422 });
    expect(changed.defaultBranch).toBe('next');
    expect(same).toMatchObject({ defaultBranch: 'next', settings: { signOff: true } });
  });

  it('takes an image, names what is wrong with one, and goes back to that of the installation', async () => {
    const { projectId } = await project();

    const named = await unwrap(change(projectId, { settings: { image: 'registry.example.org:5000/team/tools:1' } }));
    const refused = await change(projectId, { settings: { image: 'https://example.org/tools' } });
    const none = await unwrap(change(projectId, { settings: { image: null } }));

    expect(named.settings.image).toBe('registry.example.org:5000/team/tools:1');
    expect(refused.error).toMatchObject({
      status: 422,
      errors: [{ path: 'settings.image', message: expect.stringContaining('not an image: write [registry/]name[:tag]') }],
    });
    expect(none.settings.image).toBeNull();
  });

  it('takes services, and names what is wrong with one', async () => {
    const { projectId } = await project();
    const db = { name: 'db', image: 'postgres:16', port: 5432, env: { POSTGRES_PASSWORD: 'test' } };

    const named = await unwrap(change(projectId, { settings: { services: [db] } }));
    const refused = await change(projectId, { settings: { services: [db, { ...db, name: 'other', port: 8787 }] } });

    expect(named.settings.services).toEqual([db]);
    expect(refused.error).toMatchObject({
      status: 422,
      errors: [{ path: 'settings.services.1.port', message: expect.stringContaining('8787 is the gateway') }],
    });
  });

  it('takes up to five warm workspaces', async () => {
    const { projectId } = await project();

    const five = await unwrap(change(projectId, { settings: { warmWorkspaces: 5 } }));
    const refused = await change(projectId, { settings: { warmWorkspaces: 6 } });

    expect(five.settings.warmWorkspaces).toBe(5);
    expect(refused.error).toMatchObject({ status: 422, errors: [{ path: 'settings.warmWorkspaces' }] });
  });

  it('says how many warm workspaces are ready, each project its own', async () => {
    const [{ projectId }, other] = [await project(), await project()];
    const place = { tenantId: 'default', hostId: 'h1', provisioner: 'local', purpose: 'agent' as const, attempt: 0, baseCommit: 'b' };
    const nobody = { requestId: null, runId: null, warmKey: 'k', modelAllowed: false };
    await harness.database.withTenant('default', async (tx) => {
      for (const workspaceId of ['warm-1', 'warm-2'])
        await placeWorkspace(tx, { ...place, ...nobody, workspaceId, projectId, state: 'warm', leaseMs: 60_000 });
    });

    const shown = await unwrap(harness.api.GET('/api/projects/{projectId}', { params: { path: { projectId } } }));
    const changed = await unwrap(change(projectId, { settings: { warmWorkspaces: 2 } }));
    const { items } = await unwrap(harness.api.GET('/api/projects'));

    expect([shown.warmReady, changed.warmReady]).toEqual([2, 2]);
    expect(items.filter(({ warmReady }) => warmReady > 0).map((item) => item.projectId)).toEqual([projectId]);
    expect(items.map((item) => item.projectId)).toContain(other.projectId);
  });

  it('is recorded with everything that was changed', async () => {
    const { projectId } = await project();

    await unwrap(change(projectId, { defaultBranch: 'next', settings: { review: false } }));
    const { items } = await unwrap(harness.api.GET('/api/activity'));

    expect(items[0]).toMatchObject({ verb: 'project.changed', detail: { projectId, changed: ['defaultBranch', 'review'] } });
  });
});
