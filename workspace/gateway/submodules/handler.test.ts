import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { handleGitHttp } from '../git/http-backend.ts';
import { createGitService } from '../git/service.ts';
import { makeFolder, makeRepository, memoryArtifacts } from '../git/testing.ts';
import type { TestRepository } from '../git/testing.ts';
import { memoryLogger, workspaceRow } from '../testing/memory.ts';
import { createSubmodulesRoute, submodulesPath } from './handler.ts';
import { submoduleKey } from './policy.ts';

interface Listed {
  path: string;
  url: string | null;
  reason: string | null;
}

describe('submodules through the door', () => {
  let folder: ReturnType<typeof makeFolder>;
  let server: Server;
  let url: string;
  let library: TestRepository;
  let commit: string;
  let libraryCommit: string;
  let allowed: string[];
  let projectUrl: string;

  beforeEach(async () => {
    folder = makeFolder();
    library = makeRepository(join(folder.path, 'library'));
    libraryCommit = library.commit('one', { 'lib.txt': 'library\n' });
    makeRepository(join(folder.path, 'secret')).commit('one', { 'secret.txt': 'secret\n' });
    const source = makeRepository(join(folder.path, 'source'));
    const named = ['library', 'secret'].map((name) => `[submodule "${name}"]\n\tpath = ${name}\n\turl = ../${name}\n`).join('');
    source.write({ '.gitmodules': named, 'a.txt': 'a\n' });
    source.git('add', '--all');
    source.git('update-index', '--add', '--cacheinfo', `160000,${libraryCommit},library`);
    source.git('commit', '-qm', 'base');
    commit = source.head();
    allowed = ['../library'];
    projectUrl = source.path;
    const dirs = { mirrorsDir: join(folder.path, 'mirrors'), runsDir: join(folder.path, 'runs') };
    const service = createGitService({ ...dirs, artifacts: memoryArtifacts(), resolveSource: () => Promise.resolve(null) });
    const repository = { kind: 'git' as const, url: source.path };
    const key = { tenantId: 'default', projectId: 'p1' };
    await service.prepareRun({ ...key, runId: 'run-1', source: repository, baseBranch: 'main', from: null });
    const route = createSubmodulesRoute({
      ...dirs,
      locksDir: null,
      project: () => Promise.resolve({ projectId: 'p1', source: { kind: 'git', url: projectUrl }, submodules: allowed }),
      logger: memoryLogger(),
    });
    const grant = { ...workspaceRow(), runId: 'run-1', state: 'active' as const, setupKey: null };
    server = createServer((request, response) => void route(request, response, grant));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    folder.remove();
  });

  async function list(at = commit): Promise<Listed[]> {
    const answer = await fetch(`${url}${submodulesPath}?commit=${at}`);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { submodules: Listed[] }).submodules;
  }

  /** Git's own client, beside this process. */
  function git(...args: string[]) {
    const env = { PATH: '/usr/bin:/bin', HOME: folder.path, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
    return execa('git', args, { cwd: folder.path, env, extendEnv: false, reject: false, all: true });
  }

  it('are read where the project lists them, and what came since too', async () => {
    const [found] = await list();
    const cloned = await git('clone', '--quiet', `${url}${found?.url ?? ''}`, 'clone');
    const contained = await git('-C', 'clone', 'cat-file', '-e', `${libraryCommit}^{commit}`);

    expect(found).toMatchObject({ path: 'library', reason: null });
    expect(cloned).toMatchObject({ exitCode: 0 });
    expect(contained.exitCode).toBe(0);
  });

  it('are never read because a commit names them: a sibling is refused with its reason, and by its key', async () => {
    const [, sibling] = await list();
    const guessed = submoduleKey(join(folder.path, 'secret'));
    const cloned = await git('clone', '--quiet', `${url}${submodulesPath}/${guessed}.git`, 'stolen');

    expect(sibling).toMatchObject({ path: 'secret', url: null, reason: expect.stringMatching(/settings do not list it/) });
    expect(cloned.exitCode).not.toBe(0);
  });

  it('are closed as soon as the settings no longer list them', async () => {
    const [found] = await list();
    allowed = [];

    const cloned = await git('clone', '--quiet', `${url}${found?.url ?? ''}`, 'late');

    expect(cloned.exitCode).not.toBe(0);
    expect((await list())[0]).toMatchObject({ url: null });
  });

  it('take no push', async () => {
    const [found] = await list();
    await git('clone', '--quiet', `${url}${found?.url ?? ''}`, 'clone');

    const pushed = await git('-C', 'clone', 'push', 'origin', 'HEAD:refs/heads/astraforge/turn');

    expect(pushed.exitCode).not.toBe(0);
    expect(library.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  it('are asked for by a whole commit id only', async () => {
    const answer = await fetch(`${url}${submodulesPath}?commit=--all`);

    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'invalid-input' });
  });

  it('are fetched once for all who ask at the same time', async () => {
    let fetches = 0;
    const remote = createServer((request, response) => {
      if (request.method === 'GET') fetches += 1;
      void handleGitHttp(request, response, { repositoryPath: join(library.path, '.git'), readOnly: true, maxInputBytes: 0 });
    });
    await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve));
    projectUrl = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/source`;
    const address = projectUrl.replace('source', 'library.git');
    const asked = `${url}${submodulesPath}/${submoduleKey(address)}.git/info/refs?service=git-upload-pack`;

    const answers = await Promise.all([asked, asked, asked].map(async (each) => (await fetch(each)).status));

    remote.closeAllConnections();
    await new Promise((resolve) => remote.close(resolve));
    expect(answers).toEqual([200, 200, 200]);
    expect(fetches).toBe(1);
  });

  it('whose repository is gone are named as unreachable', async () => {
    const [found] = await list();
    allowed = ['../nowhere'];

    const answer = await fetch(
      `${url}${submodulesPath}/${submoduleKey(join(folder.path, 'nowhere'))}.git/info/refs?service=git-upload-pack`,
    );

    expect(found?.url).toBeTruthy();
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'repository-unreachable' });
  });
});
