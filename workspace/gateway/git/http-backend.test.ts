import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { handleGitHttp } from './http-backend.ts';
import { runRefs, runRepositoryPath } from './names.ts';
import { createGitService } from './service.ts';
import { cloneRepository, makeFolder, makeRepository, memoryArtifacts, plainGit } from './testing.ts';
import type { TestRepository } from './testing.ts';

describe('handleGitHttp', () => {
  let folder: ReturnType<typeof makeFolder>;
  let server: Server;
  let url: string;
  let bare: string;
  let base: string;
  let handled: Promise<void>[];

  beforeEach(async () => {
    folder = makeFolder();
    handled = [];
    const source = makeRepository(join(folder.path, 'source'));
    base = source.commit('base', { 'a.txt': 'a\n' });
    const service = createGitService({
      mirrorsDir: join(folder.path, 'mirrors'),
      runsDir: join(folder.path, 'runs'),
      artifacts: memoryArtifacts(),
      resolveSource: () => Promise.resolve(null),
    });
    const input = {
      tenantId: 'default',
      projectId: 'p1',
      runId: 'run1',
      source: { kind: 'git' as const, url: source.path },
      baseBranch: 'main',
    };
    await service.prepareRun({ ...input, from: null });
    bare = runRepositoryPath(join(folder.path, 'runs'), 'run1');
    server = createServer((incoming, response) => {
      handled.push(handleGitHttp(incoming, response, { repositoryPath: bare, maxInputBytes: 200_000 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git/run.git`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    folder.remove();
  });

  /** Git's own client blocks this process, so it runs beside it. */
  async function inWorkspace(script: string): Promise<{ code: number; output: string }> {
    const environment = { PATH: '/usr/bin:/bin', HOME: folder.path, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', URL: url };
    const done = await execa('sh', ['-c', script], { cwd: folder.path, env: environment, extendEnv: false, all: true, reject: false });
    return { code: done.exitCode ?? -1, output: done.all };
  }

  function status(method: string, path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  const clone = 'git clone -q "$URL" w && cd w && git config user.name w && git config user.email w@example.org';

  it('lets a workspace clone, fetch a commit by its id, and push its turn and its save', async () => {
    const pushed = await inWorkspace(
      `${clone} && echo b > a.txt && git commit -qam turn && git push -q origin HEAD:${runRefs.turn} HEAD:${runRefs.save} && git fetch -q origin ${base} && git rev-parse HEAD`,
    );

    const tip = plainGit(bare, ['rev-parse', runRefs.turn]).trim();
    expect(pushed).toEqual({ code: 0, output: tip });
    expect(plainGit(bare, ['rev-parse', runRefs.save]).trim()).toBe(tip);
  });

  it('takes a rewritten history of the turn', async () => {
    const pushed = await inWorkspace(
      `${clone} && echo b > a.txt && git commit -qam one && git push -q origin HEAD:${runRefs.turn} && git commit -q --amend -m two && git push -q --force origin HEAD:${runRefs.turn}`,
    );

    expect(pushed).toEqual({ code: 0, output: '' });
    expect(plainGit(bare, ['log', '-1', '--format=%s', runRefs.turn]).trim()).toBe('two');
  });

  it.each([
    ['another branch', 'HEAD:refs/heads/other'],
    ['what the run starts from', `HEAD:${runRefs.start}`],
    ['the pinned base', `HEAD:${runRefs.base}`],
    ['what was finalised', `HEAD:${runRefs.finalised}`],
    ['a tag', 'HEAD:refs/tags/v1'],
    ['the deletion of the turn', `:${runRefs.turn}`],
  ])('refuses to push %s', async (_what, refspec) => {
    const before = plainGit(bare, ['for-each-ref']);

    const pushed = await inWorkspace(`${clone} && echo b > a.txt && git commit -qam turn && git push origin ${refspec}`);

    expect(pushed.code).not.toBe(0);
    expect(plainGit(bare, ['for-each-ref'])).toBe(before);
  });

  it('refuses a pack over the limit and keeps nothing of it', async () => {
    const workspace: TestRepository = cloneRepository(bare, join(folder.path, 'w'));
    workspace.commit('big', { 'big.bin': randomBytes(400_000) });
    workspace.git('remote', 'set-url', 'origin', url);

    const pushed = await inWorkspace(`cd w && git push origin HEAD:${runRefs.turn}`);

    expect(pushed.code).not.toBe(0);
    expect(pushed.output).toContain('maximum allowed size');
    expect(readdirSync(join(bare, 'objects')).filter((name) => name.startsWith('tmp_') || name.startsWith('incoming'))).toEqual([]);
  });

  it('refuses objects that could harm whoever checks them out', async () => {
    const made = await inWorkspace(
      `${clone} && blob=$(echo x | git hash-object -w --stdin) && inner=$(printf '100644 blob %s\\tconfig\\n' $blob | git mktree) && tree=$(printf '040000 tree %s\\t.git\\n' $inner | git mktree) && commit=$(git commit-tree -p HEAD -m evil $tree) && git push origin $commit:${runRefs.turn}`,
    );

    expect(made.code).not.toBe(0);
    expect(plainGit(bare, ['rev-parse', runRefs.turn]).trim()).toBe(base);
  });

  it('does not run a hook that lies in the repository', async () => {
    const trap = join(folder.path, 'trapped');
    mkdirSync(join(bare, 'hooks'), { recursive: true });
    for (const hook of ['pre-receive', 'update', 'post-receive', 'reference-transaction']) {
      writeFileSync(join(bare, 'hooks', hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    }

    const pushed = await inWorkspace(`${clone} && echo b > a.txt && git commit -qam turn && git push -q origin HEAD:${runRefs.turn}`);

    expect(pushed.code).toBe(0);
    expect(existsSync(trap)).toBe(false);
  });

  it.each([
    ['GET', '/HEAD'],
    ['GET', '/objects/info/packs'],
    ['GET', '/config'],
    ['GET', '/info/refs'],
    ['GET', '/info/refs?service=git-evil'],
    ['GET', '/../../../etc/passwd'],
    ['PUT', '/git-receive-pack'],
    ['GET', '/git-upload-pack'],
  ])('does not know %s %s', async (method, path) => {
    expect(await status(method, path)).toBe(404);
  });

  it('answers an error, not a hang, when the run is gone', async () => {
    rmSync(bare, { recursive: true });

    expect(await status('GET', '/info/refs?service=git-upload-pack')).toBe(404);
  });

  it('ends git when the client goes away in the middle, and serves on', async () => {
    await new Promise<void>((resolve) => {
      const sent = request(`${url}/git-receive-pack`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-git-receive-pack-request' },
      });
      sent.on('error', () => undefined);
      sent.on('close', resolve);
      sent.write('0000', () => sent.destroy());
    });

    // Each of these settles only after its git has ended.
    await Promise.all(handled);
    const heads = await inWorkspace('git ls-remote "$URL"');
    expect(heads).toMatchObject({ code: 0, output: expect.stringContaining(runRefs.start) });
  });

  it('serves nothing to a client that went away before', async () => {
    // More than a pipe holds.
    const many = Array.from({ length: 2_000 }, (_, at) => `create refs/heads/of-a-long-history/${at} ${base}\n`).join('');
    plainGit(bare, ['update-ref', '--stdin'], { input: many });
    server.removeAllListeners('request');
    const served = new Promise<void>((resolve) => {
      server.once('request', (incoming: IncomingMessage, response: ServerResponse) => {
        incoming.on('error', () => undefined);
        response.on('error', () => undefined);
        response.once('close', () =>
          setTimeout(() => resolve(handleGitHttp(incoming, response, { repositoryPath: bare, maxInputBytes: 0 })), 20),
        );
      });
    });
    const sent = request(`${url}/info/refs?service=git-upload-pack`);
    sent.on('error', () => undefined);
    server.once('request', () => sent.destroy());
    sent.end();

    await expect(served).resolves.toBeUndefined();
  });
});
