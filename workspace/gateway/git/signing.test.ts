import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runRepositoryPath } from './names.ts';
import type { GitService } from './port.ts';
import { createGitService } from './service.ts';
import { cloneRepository, makeFolder, makeRepository, memoryArtifacts, plainGit, testAtMs, testIdentity } from './testing.ts';

describe('signed commits', () => {
  const folder = makeFolder();
  let service: GitService;
  let input: Parameters<GitService['finalise']>[0];

  beforeAll(async () => {
    for (const type of ['ed25519', 'ecdsa']) {
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'bot', '-f', join(folder.path, type)]);
    }
    const source = makeRepository(join(folder.path, 'source'));
    const baseCommit = source.commit('base', { 'a.txt': 'a\n' });
    const repository = { kind: 'git' as const, url: source.path };
    service = createGitService({
      mirrorsDir: join(folder.path, 'mirrors'),
      runsDir: join(folder.path, 'runs'),
      artifacts: memoryArtifacts(),
      resolveSource: () => Promise.resolve(repository),
    });
    const key = { tenantId: 'default', projectId: 'p1', runId: 'run1' };
    await service.prepareRun({ ...key, source: repository, baseBranch: 'main', from: null });
    const workspace = cloneRepository(runRepositoryPath(join(folder.path, 'runs'), 'run1'), join(folder.path, 'w'));
    const tipCommit = workspace.commit('astraforge: work tree', { 'a.txt': 'b\n' });
    workspace.git('push', '-q', 'origin', 'HEAD:refs/heads/astraforge/turn');
    input = { ...key, baseCommit, tipCommit, message: 'Signed', identity: testIdentity, atMs: testAtMs };
  });

  afterAll(() => folder.remove());

  it.each(['ed25519', 'ecdsa'])('verify with the %s key, and are the same when finalised again', async (type) => {
    const identity = { ...testIdentity, signingKeyFile: join(folder.path, type) };

    const first = await service.finalise({ ...input, identity });
    const second = await service.finalise({ ...input, identity });

    expect(second.commit).toBe(first.commit);
    const signers = join(folder.path, 'signers');
    writeFileSync(signers, `astraforge@localhost ${readFileSync(join(folder.path, `${type}.pub`), 'utf8')}`);
    const shown = plainGit(runRepositoryPath(join(folder.path, 'runs'), 'run1'), [
      '-c',
      `gpg.ssh.allowedSignersFile=${signers}`,
      'log',
      '-1',
      '--format=%G? %GS',
      first.commit,
    ]);
    expect(shown.trim()).toBe('G astraforge@localhost');
  });

  it('name a key that cannot be used', async () => {
    const work = service.finalise({ ...input, identity: { ...testIdentity, signingKeyFile: join(folder.path, 'none') } });

    await expect(work).rejects.toMatchObject({ code: 'signing-failed', kind: 'permanent' });
  });
});
