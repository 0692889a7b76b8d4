import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { createLogger } from '../../config/logger.ts';
import { listNotes } from '../../db/merge-requests.ts';
import { openTestDatabase } from '../../db/testing.ts';
import { createGitService } from '../../workspace/gateway/git/service.ts';
import { cloneRepository, makeFolder, makeRepository, memoryArtifacts, plainGit } from '../../workspace/gateway/git/testing.ts';
import { describeForge } from '../forge.contract.ts';
import type { ForgeHarness } from '../forge.contract.ts';
import { createForgeRegistry } from '../registry.ts';
import { LocalRepositoryPath } from './schema.ts';

const config = { PUBLIC_URL: 'http://127.0.0.1:8080', GIT_AUTHOR_NAME: 'AstraForge', GIT_AUTHOR_EMAIL: 'astraforge@localhost' };

async function makeHarness(): Promise<ForgeHarness> {
  const folder = makeFolder();
  const { database, close } = await openTestDatabase();
  const source = makeRepository(join(folder.path, 'source'));
  source.commit('base', { 'a.txt': 'a\n' });
  const bare = join(folder.path, 'forge.git');
  plainGit(folder.path, ['clone', '-q', '--bare', source.path, bare]);
  const person = cloneRepository(bare, join(folder.path, 'person'));
  const git = createGitService({
    mirrorsDir: join(folder.path, 'mirrors'),
    runsDir: join(folder.path, 'runs'),
    artifacts: memoryArtifacts(),
    resolveSource: () => Promise.resolve({ kind: 'git', url: bare }),
  });
  const forge = createForgeRegistry({ database, git, config, logger: createLogger('test', { silent: true }) })('local');
  return {
    forge,
    project: { tenantId: 'default', projectId: 'p1', repositoryUrl: `file://${bare}` },
    pushBranch(branch, files, from) {
      person.git('fetch', '-q', 'origin');
      person.git('checkout', '-q', '--detach', from ?? 'origin/main');
      const commit = person.commit(`change ${branch}`, files);
      person.git('push', '-q', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      return Promise.resolve(commit);
    },
    readMain(path) {
      const found = plainGit(bare, ['ls-tree', '--name-only', 'main', '--', path]).trim();
      return Promise.resolve(found === path ? plainGit(bare, ['show', `main:${path}`]) : null);
    },
    notes: async (mergeRequestId) => {
      const notes = await database.withTenant('default', (tx) => listNotes(tx, mergeRequestId));
      return notes.map((note) => note.body);
    },
    async close() {
      await close();
      folder.remove();
    },
  };
}

describeForge('local', makeHarness);

describe('the local forge', () => {
  it('keeps tenants and projects apart', async () => {
    const harness = await makeHarness();
    try {
      const commit = await harness.pushBranch('astraforge/x', { 'x.txt': 'x\n' });
      const input = { requestId: 'r1', branch: 'astraforge/x', targetBranch: 'main', commit, title: 'T', description: '' };
      const ref = await harness.forge.openMergeRequest(harness.project, input);

      const otherTenant = harness.forge.getMergeRequest({ ...harness.project, tenantId: 'other' }, ref);
      await expect(otherTenant).rejects.toMatchObject({ code: 'unknown-merge-request' });
      const otherProject = await harness.forge.openMergeRequest({ ...harness.project, projectId: 'p2' }, { ...input, requestId: 'r2' });

      expect(ref).toMatchObject({ number: 1, url: `http://127.0.0.1:8080/merge-requests/${ref.mergeRequestId}` });
      expect(otherProject.number).toBe(1);
      expect(otherProject.mergeRequestId).not.toBe(ref.mergeRequestId);
    } finally {
      await harness.close();
    }
  });

  it.each([
    ['/srv/x.git', true],
    ['file:///srv/x%20y.git', true],
    ['relative.git', false],
    ['https://example.org/x.git', false],
    ['file://host/x.git', false],
  ])('takes %s: %s', (url, valid) => {
    expect(LocalRepositoryPath.safeParse(url).success).toBe(valid);
  });
});
