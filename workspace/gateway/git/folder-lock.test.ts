import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exclusively } from './folder-lock.ts';
import { runRepositoryPath } from './names.ts';
import { plainGit, makeFolder, makeRepository, memoryArtifacts } from './testing.ts';
import { createGitService } from './service.ts';

let folder: ReturnType<typeof makeFolder>;
let locksDir: string;
beforeEach(() => {
  folder = makeFolder();
  locksDir = join(folder.path, 'locks');
});
afterEach(() => folder.remove());

/** Work that says when it begins and ends, and ends when it is told to. */
function work(name: string, story: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async () => {
    story.push(`${name} begins`);
    await promise;
    story.push(`${name} ends`);
  };
  return { run, end: resolve };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

describe('work of one name', () => {
  it('is done by one at a time, of other names and kinds meanwhile', async () => {
    const story: string[] = [];
    const [one, other, elsewhere, another] = ['one', 'other', 'elsewhere', 'another'].map((name) => work(name, story));
    if (!one || !other || !elsewhere || !another) throw new Error('four works');

    const first = exclusively(locksDir, { kind: 'run', name: 'r' }, one.run);
    await until(() => story.length === 1);
    const all = [
      first,
      exclusively(locksDir, { kind: 'run', name: 'r' }, other.run),
      exclusively(locksDir, { kind: 'run', name: 'r2' }, elsewhere.run),
      exclusively(locksDir, { kind: 'project', name: 'r' }, another.run),
    ];
    await until(() => story.includes('elsewhere begins') && story.includes('another begins'));
    const meanwhile = [...story];
    for (const { end } of [one, other, elsewhere, another]) end();
    await Promise.all(all);

    expect(meanwhile).not.toContain('other begins');
    expect(story.indexOf('other begins')).toBeGreaterThan(story.indexOf('one ends'));
  });

  it('is done after work that failed, and its file goes with the last', async () => {
    const turn = { kind: 'run', name: 'r' } as const;
    const failed = exclusively(locksDir, turn, () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');

    const files = await exclusively(locksDir, { ...turn, isLast: true }, () => Promise.resolve(readdirSync(locksDir)));

    expect(files).toHaveLength(1);
    expect(readdirSync(locksDir)).toEqual([]);
  });

  it('is over when its file cannot be removed, and what came of it counts', async () => {
    const turn = { kind: 'run', name: 'r' } as const;
    const result = await exclusively(locksDir, { ...turn, isLast: true }, () => {
      const [file = ''] = readdirSync(locksDir);
      renameSync(join(locksDir, file), join(folder.path, 'held'));
      mkdirSync(join(locksDir, file));
      return Promise.resolve('done');
    });
    const [file = ''] = readdirSync(locksDir);
    rmdirSync(join(locksDir, file));
    renameSync(join(folder.path, 'held'), join(locksDir, file));

    expect(result).toBe('done');
    expect(await exclusively(locksDir, turn, () => Promise.resolve('again'))).toBe('again');
  });

  it('is done when whoever was at it is killed', async () => {
    const module = JSON.stringify(join(import.meta.dirname, 'folder-lock.ts'));
    const script = `const { exclusively } = await import(${module});
      await exclusively(${JSON.stringify(locksDir)}, { kind: 'mirror', name: 'm' }, () => { console.log('at work'); return new Promise((r) => setTimeout(r, 600_000)); });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const story: string[] = [];
    const next = work('next', story);
    next.end();

    const waiting = exclusively(locksDir, { kind: 'mirror', name: 'm' }, next.run);
    // Long enough to have looked.
    await sleep(100);
    const meanwhile = [...story];
    child.kill('SIGKILL');
    await waiting;

    expect(meanwhile).toEqual([]);
    expect(story).toEqual(['next begins', 'next ends']);
  });

  it('says what to do where there can be no lock', async () => {
    writeFileSync(locksDir, 'no folder');

    const refused = exclusively(locksDir, { kind: 'run', name: 'r' }, () => Promise.resolve());

    await expect(refused).rejects.toMatchObject({ code: 'gateway-disk', message: expect.stringContaining('mend permissions') as unknown });
  });
});

describe('two gateways on one folder', () => {
  it('prepare, continue and end a run together as one would', async () => {
    const source = makeRepository(join(folder.path, 'source'));
    const base = source.commit('base', { 'a.txt': 'a' });
    const dirs = { mirrorsDir: join(folder.path, 'mirrors'), runsDir: join(folder.path, 'runs'), locksDir };
    const artifacts = memoryArtifacts();
    const make = () => createGitService({ ...dirs, artifacts, resolveSource: () => Promise.resolve(null) });
    const [one, other] = [make(), make()];
    const key = { tenantId: 't', projectId: 'p' };
    const prepare = (runId: string) => ({
      ...key,
      runId,
      source: { kind: 'git' as const, url: source.path },
      baseBranch: 'main',
      from: null,
    });

    const prepared = await Promise.all([one, other, one, other].map((gateway, index) => gateway.prepareRun(prepare(`r${index % 3}`))));
    source.commit('later', { 'a.txt': 'b' });
    const again = await other.prepareRun(prepare('r0'));
    const repository = runRepositoryPath(dirs.runsDir, 'r0');
    const workspace = join(folder.path, 'workspace');
    plainGit(folder.path, ['clone', '--quiet', repository, workspace]);
    plainGit(workspace, ['commit', '--quiet', '--allow-empty', '-m', 'turn']);
    plainGit(workspace, ['push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/astraforge/save']);
    const commit = plainGit(workspace, ['rev-parse', 'HEAD']).trim();
    const saves = await Promise.all([one, other].map((gateway) => gateway.save({ ...key, runId: 'r0', baseCommit: base, commit })));
    await Promise.all([one.dropRun('r0'), other.dropRun('r0')]);

    expect(prepared.map(({ startCommit }) => startCommit)).toEqual([base, base, base, base]);
    expect(again.baseCommit).toBe(base);
    expect(saves.map(({ bundleArtifactId }) => bundleArtifactId !== '')).toEqual([true, true]);
    await expect(one.save({ ...key, runId: 'r0', baseCommit: base, commit })).rejects.toMatchObject({ code: 'run-missing' });
  });
});
