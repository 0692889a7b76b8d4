// @rooms activities/workspace workspace/supervisor workspace/gateway db/warm-workspaces.ts
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unwrap } from '../api/client/index.ts';
import { statePaths } from '../config/paths.ts';
import type { Database } from '../db/port.ts';
import { openDatabaseOf } from './harness/database.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';
import { poolOf, warmPlace } from './harness/warm.ts';

let system: TestSystem;
let database: Database;

beforeAll(async () => {
  system = await TestSystem.open({ WARM_WORKSPACES_MAX: '8' });
  database = await openDatabaseOf(system.stateDir);
}, 180_000);

afterAll(async () => {
  await database?.close();
  await system?.close();
});

const files = { '.gitignore': 'made\n', 'README.md': '# sample\n' };
/** Another time for each place in which it runs. */
const setup = 'date +%s%N > made; echo set up';

async function attemptOf(requestId: string) {
  const events = await system.events(requestId);
  assertDense(events);
  return { events, attempts: events.flatMap((event) => (event.type === 'run.attempt' ? [event.data] : [])) };
}

/** Makes an empty commit on the base branch from elsewhere; answers its id. */
async function commitOnBase(repository: string, message: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'af-warm-'));
  try {
    await git(folder, 'clone', '--quiet', repository, 'work');
    const work = join(folder, 'work');
    await git(work, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', 'commit', '--quiet', '--allow-empty', '-m', message);
    await git(work, 'push', '--quiet', 'origin', 'HEAD');
    return await git(work, 'rev-parse', 'HEAD');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether anything of a workspace is left on this machine: its folder, or a mount below it. */
function isThere(workspaceId: string): boolean {
  const folder = statePaths(system.stateDir).workspace('local', workspaceId);
  return existsSync(folder) || readFileSync('/proc/mounts', 'utf8').includes(folder);
}

describe('a warm workspace', () => {
  it('serves the first run of a request, whose work ends in a reviewed merge request, and another one takes its place in the pool', async () => {
    const checks = [{ name: 'set up', command: 'test -s made' }];
    const { projectId, repositoryUrl } = await system.project(files, { setup, checks, warmWorkspaces: 1 });
    const warm = await warmPlace(system, database, projectId);

    const requestId = await system.submit(projectId, 'note', { script: "- run: 'cp made seen.txt'\n- say: Done." });
    await system.reach(requestId, 'PATCH_READY');
    const { events, attempts } = await attemptOf(requestId);
    const next = await warmPlace(system, database, projectId, [warm]);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'REVIEWED', 'DONE');

    expect(attempts).toMatchObject([{ attempt: 1, provisioner: 'local', warmForMs: expect.any(Number) }]);
    expect(events.filter((event) => event.type === 'setup.output').map((event) => event.data.text)).toContain('set up\n');
    expect(await git(repositoryUrl, 'show', `${mergeRequest?.branch}:seen.txt`)).toMatch(/^\d+$/);
    expect(await poolOf(database, projectId)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ workspaceId: warm, requestId }),
        expect.objectContaining({ workspaceId: next, requestId: null, runId: null, state: 'warm' }),
      ]),
    );
  });

  it('goes on with the next message of its request', async () => {
    const { projectId } = await system.project(files, { review: false, warmWorkspaces: 1 });
    const warm = await warmPlace(system, database, projectId);
    const requestId = await system.submit(projectId, 'note', { script: '- write: { path: a.txt, content: a }' });
    await system.reach(requestId, 'PATCH_READY');
    const next = await warmPlace(system, database, projectId, [warm]);

    await system.chat(requestId, 'more\n\n```astraforge-demo\n- write: { path: b.txt, content: b }\n```');
    let completed = 0;
    await system.event(requestId, 'turn.completed', () => (completed += 1) === 2);
    await system.reach(requestId, 'PATCH_READY');

    const { attempts } = await attemptOf(requestId);
    const pool = await poolOf(database, projectId);
    expect(attempts.map(({ warmForMs }) => typeof warmForMs)).toEqual(['number', 'undefined']);
    expect(pool.filter((row) => row.requestId === requestId).map(({ workspaceId }) => workspaceId)).toEqual([warm]);
    expect(pool.find(({ workspaceId }) => workspaceId === next)).toMatchObject({ state: 'warm' });
  });

  it('without a setup moves to what the base branch has become', async () => {
    const { projectId, repositoryUrl } = await system.project(files, { review: false, warmWorkspaces: 1 });
    const warm = await warmPlace(system, database, projectId);
    const commit = await commitOnBase(repositoryUrl, 'newer');

    const requestId = await system.submit(projectId, 'look', { script: "- run: 'git rev-parse HEAD > head.txt'" });
    await system.reach(requestId, 'PATCH_READY');
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');

    const row = (await poolOf(database, projectId)).find(({ workspaceId }) => workspaceId === warm);
    expect(row).toMatchObject({ requestId, baseCommit: commit });
    expect(await git(repositoryUrl, 'show', `${mergeRequest?.branch}:head.txt`)).toBe(commit);
  });

  it('with a setup is not used once the base branch has moved, and one that is made of it is', async () => {
    const { projectId, repositoryUrl } = await system.project(files, { review: false, setup, warmWorkspaces: 1 });
    const warm = await warmPlace(system, database, projectId);
    await commitOnBase(repositoryUrl, 'newer');

    const requestId = await system.submit(projectId, 'look', { script: '- write: { path: a.txt, content: a }' });
    await system.reach(requestId, 'PATCH_READY');

    expect((await attemptOf(requestId)).attempts).toMatchObject([{ attempt: 1 }]);
    expect((await attemptOf(requestId)).attempts[0]).not.toHaveProperty('warmForMs');
    await warmPlace(system, database, projectId, [warm]);
    await system.until('the stale one is gone', async () => !isThere(warm));
  });
});

describe('warm workspaces of a host that was killed', () => {
  it('are gone once it is back, others are made, and none are left when the project wants none', async () => {
    const { projectId } = await system.project(files, { review: false, warmWorkspaces: 1 });
    const warm = await warmPlace(system, database, projectId);
    system.kill('laptop');
    const next = await warmPlace(system, database, projectId, [warm]);
    await system.until('the one before is gone', async () => !isThere(warm));
    const params = { path: { projectId } };
    await unwrap(system.client.PATCH('/api/projects/{projectId}', { params, body: { settings: { warmWorkspaces: 0 } } }));
    await system.until(
      'the pool is empty, and nothing is left',
      async () => !isThere(next) && (await poolOf(database, projectId)).length === 0,
    );

    expect(isThere(warm)).toBe(false);
  });
});
