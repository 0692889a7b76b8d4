import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { redactArgv, redactUrls } from './git-environment.ts';
import { createGit } from './run-git.ts';
import type { GitCommandReport } from './run-git.ts';
import { makeFolder, makeRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';

describe('createGit', () => {
  const folder = makeFolder();
  let repository: TestRepository;

  beforeAll(() => {
    repository = makeRepository(join(folder.path, 'r'));
    repository.commit('one', { 'a.txt': 'a\n'.repeat(50_000) });
  });

  afterAll(() => folder.remove());

  it('gives git an environment of its own, with nothing of ours', async () => {
    process.env['ASTRAFORGE_TEST_SECRET'] = 'secret';
    repository.git('config', 'alias.show-environment', '!env');

    const { stdout } = await createGit()(['show-environment'], { cwd: repository.path });

    delete process.env['ASTRAFORGE_TEST_SECRET'];
    expect(stdout.toString()).not.toContain('secret');
    expect(stdout.toString()).toContain('GIT_CONFIG_NOSYSTEM=1');
  });

  it('ends a command that takes too long, with all that it started', async () => {
    repository.git('config', 'alias.hang', '!sleep 600 & sleep 600');

    const work = createGit()(['hang'], { cwd: repository.path, timeoutMs: 300 });

    await expect(work).rejects.toMatchObject({ code: 'git-timeout', kind: 'transient' });
  });

  it('lets it remove what is half made', async () => {
    repository.git('config', 'alias.tidy', "!trap 'touch tidied; exit' TERM; sleep 600 & wait");

    const work = createGit()(['tidy'], { cwd: repository.path, timeoutMs: 300 });

    await expect(work).rejects.toMatchObject({ code: 'git-timeout' });
    expect(existsSync(join(repository.path, 'tidied'))).toBe(true);
  });

  it('ends one that does not end by itself', async () => {
    repository.git('config', 'alias.stubborn', "!trap '' TERM; sleep 600");

    const work = createGit()(['stubborn'], { cwd: repository.path, timeoutMs: 300 });

    await expect(work).rejects.toMatchObject({ code: 'git-timeout' });
  });

  it('stops reading at the cap', async () => {
    const work = createGit()(['show', 'HEAD:a.txt'], { cwd: repository.path, maxOutputBytes: 1000 });

    await expect(work).rejects.toMatchObject({ code: 'git-output-limit', kind: 'permanent' });
  });

  it('says what failed, and reports it', async () => {
    const reports: GitCommandReport[] = [];
    const git = createGit({ onCommand: (report) => reports.push(report) });

    const work = git(['rev-parse', '--verify', 'nope'], { cwd: repository.path, scope: { runId: 'run1' } });

    await expect(work).rejects.toMatchObject({ code: 'git-failed', message: expect.stringContaining('Needed a single revision') });
    expect(reports).toMatchObject([{ scope: { runId: 'run1' }, argv: ['git', 'rev-parse', '--verify', 'nope'], exitCode: 128 }]);
  });

  it('names a git that is not installed', async () => {
    const work = createGit({ searchPath: folder.path })(['version'], { cwd: folder.path });

    await expect(work).rejects.toMatchObject({ code: 'git-missing', kind: 'permanent' });
  });
});

describe('redaction', () => {
  it('masks credentials in addresses and host paths in argv', () => {
    const shown = redactArgv(['git', 'push', 'https://u:p@example.org/x.git', '/home/ada/state/x.bundle', 'HEAD:refs/heads/x']);

    expect(shown).toEqual(['git', 'push', 'https://***@example.org/x.git', '…/x.bundle', 'HEAD:refs/heads/x']);
    expect(redactUrls('fatal: https://token@h/x and http://a:b@h/y')).toBe('fatal: https://***@h/x and http://***@h/y');
  });
});
