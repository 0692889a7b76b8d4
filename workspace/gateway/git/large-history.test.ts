import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { createLogger } from '../../../config/logger.ts';
import { bringObjects } from '../../provisioners/host-folder/objects.ts';
import { createGitService } from './service.ts';
import { runRefs, runRepositoryPath } from './names.ts';
import { makeFolder, memoryArtifacts, plainGit } from './testing.ts';

const commits = 64;
const fileBytes = 16 * 1024 ** 2;
const folder = makeFolder();
afterAll(() => folder.remove());

/** A history of a gigabyte of content that packs well: what counts is what git has to read. */
async function makeGigabyte(path: string): Promise<void> {
  plainGit(folder.path, ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  const child = spawn('git', ['-c', 'core.compression=1', 'fast-import', '--quiet', '--done'], {
    cwd: path,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  const content = Buffer.alloc(fileBytes);
  for (let at = 1; at <= commits; at += 1) {
    content.write(`version ${at}\n`);
    const head = `commit refs/heads/main\ncommitter T <t@localhost> ${1_700_000_000 + at} +0000\ndata 4\nbig\n\nM 100644 inline big.bin\ndata ${fileBytes}\n`;
    child.stdin.write(head);
    child.stdin.write(Buffer.from(content));
    if (!child.stdin.write('\n')) await once(child.stdin, 'drain');
  }
  child.stdin.end('done\n');
  expect((await ended)[0]).toBe(0);
}

it('takes a history of a gigabyte in, and a workspace begins with all of it', async () => {
  const source = join(folder.path, 'source.git');
  const runsDir = join(folder.path, 'runs');
  await makeGigabyte(source);
  const service = createGitService({
    mirrorsDir: join(folder.path, 'mirrors'),
    runsDir,
    artifacts: memoryArtifacts(),
    resolveSource: () => Promise.resolve(null),
  });

  const key = { tenantId: 'default', projectId: 'p1', runId: 'run1', baseBranch: 'main', from: null };
  const { baseCommit } = await service.prepareRun({ ...key, source: { kind: 'git', url: source } });
  const workspace = join(folder.path, 'workspace');
  plainGit(folder.path, ['init', '--quiet', '--bare', join(workspace, 'git')]);
  const logger = createLogger('test', { silent: true });
  await bringObjects({ runsDir, runId: 'run1', folder: workspace, owner: process.getuid?.() ?? 0, logger });

  const listed = plainGit(join(workspace, 'git'), ['cat-file', '--batch-check=%(objectsize)', '--batch-all-objects']);
  const bytes = listed.split('\n').reduce((sum, line) => sum + Number(line), 0);
  expect(bytes).toBeGreaterThan(1024 ** 3);
  expect(plainGit(join(workspace, 'git'), ['rev-list', '--count', baseCommit]).trim()).toBe(String(commits));
  expect(plainGit(runRepositoryPath(runsDir, 'run1'), ['rev-parse', runRefs.start]).trim()).toBe(baseCommit);
}, 180_000);
