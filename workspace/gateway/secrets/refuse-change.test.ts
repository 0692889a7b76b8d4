import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { GitServiceHarness } from '../git/contract/harness.ts';
import { runRepositoryPath } from '../git/names.ts';
import { createGitService } from '../git/service.ts';
import type { FinalisedCommit } from '../git/port.ts';
import { plainGit } from '../git/testing.ts';
import type { FileChange } from '../git/testing.ts';
import { createBatchReader } from './object-stream.ts';

const value = 'canary/Value+of 24 chars';
const several = '-----BEGIN THING-----\nbGluZSBvbmUgb2Yga2V5\nbGluZSB0d28gb2Yga2V5\n-----END THING-----\n';
const secrets = [
  { name: 'DB_KEY', value },
  { name: 'PEM', value: several },
];

const h = new GitServiceHarness((setup) =>
  Promise.resolve({
    service: createGitService({ ...setup, secretsOf: () => Promise.resolve(secrets) }),
    close: () => Promise.resolve(),
  }),
);

/** What a change is refused with: its code and words. */
async function refusal(work: Promise<FinalisedCommit>): Promise<string> {
  const error = await work.then(
    (final) => `taken: ${final.commit.length}`,
    (reason: unknown) => reason,
  );
  if (error instanceof DomainError) return `${error.kind} ${error.code}: ${error.message}`;
  return String(error);
}

/** What git answers in the repository of the run. */
const inRun = (...args: string[]) => plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), args);

/** Random but for where the value stands: more than one piece of git's output. */
function largeWith(text: string): Uint8Array {
  const bytes = Buffer.alloc(3 * 1024 ** 2, 'abcdefghij');
  Buffer.from(text).copy(bytes, 65_536 - 7);
  return bytes;
}

describe('a change that holds a secret of the project', () => {
  it.each<[string, Record<string, FileChange>, string]>([
    ['in a file', { 'src/a.txt': `key: ${value}\n` }, 'DB_KEY (src/a.txt)'],
    ['in base64', { 'a.txt': Buffer.from(`user:${value}`).toString('base64') }, 'DB_KEY (a.txt)'],
    ['URL-encoded', { 'a.txt': `?key=${encodeURIComponent(value)}` }, 'DB_KEY (a.txt)'],
    ['in a large binary file', { 'a.bin': largeWith(`\0${value}\0`) }, 'DB_KEY (a.bin)'],
    ['in a link', { 'a.txt': { link: value } }, 'DB_KEY (a.txt)'],
    ['of several lines, without the newline at its end', { 'a.pem': several.trim() }, 'PEM (a.pem)'],
    ['in a path', { [`dir/${encodeURIComponent(value)}`]: 'x' }, 'DB_KEY (a file name in dir)'],
  ])('is refused by name: %s', async (_, files, named) => {
    const refused = await refusal(h.turn('run1', { 'a.txt': 'a\n' }, files));

    expect(refused).toContain(`permanent secret-in-change: the change holds the value of a secret of the project: ${named}; take it out`);
    expect(refused).not.toContain(value);
    expect(h.setup.artifacts.size()).toBe(0);
  });

  it('becomes one commit without it when only a message or an earlier commit of it does', async () => {
    h.source.commit('base', { 'a.txt': 'a\n' });
    const prepared = await h.prepare('run1');
    const workspace = h.workspaceOf('run1');
    workspace.commit('first', { 'b.txt': value });
    workspace.commit(`second with ${value}`, { 'b.txt': 'gone\n' });

    const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));

    const history = inRun('log', '-p', '--format=%s', `${prepared.baseCommit}..${final.commit}`);
    expect(history).toContain('Do the thing');
    expect(history).toContain('+gone');
    expect(history).not.toContain(value);
  });

  it('is taken once a later turn took it out, and no ref names what was refused', async () => {
    h.source.commit('base', { 'a.txt': 'a\n' });
    const prepared = await h.prepare('run1');
    const workspace = h.workspaceOf('run1');
    workspace.commit('first', { 'b.txt': value });
    const refused = await refusal(h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace)));
    const refs = inRun('for-each-ref', '--format=%(refname)', 'refs/astraforge/done', 'refs/astraforge/finalised');
    workspace.commit('second', { 'b.txt': 'gone\n' });

    const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));

    expect(refused).toContain('DB_KEY (b.txt)');
    expect(refs).toBe('');
    expect(inRun('show', `${final.commit}:b.txt`)).toBe('gone\n');
  });

  it('is refused as a save too, which is stored as well', async () => {
    h.source.commit('base', { 'a.txt': 'a\n' });
    const prepared = await h.prepare('run1');
    const workspace = h.workspaceOf('run1');
    const commit = workspace.commit('astraforge: work tree', { 'b.txt': value });
    workspace.git('push', '-q', 'origin', 'HEAD:refs/heads/astraforge/save');

    const code = await h.codeOf(
      h.service.save({ tenantId: 'default', projectId: 'p1', runId: 'run1', baseCommit: prepared.baseCommit, commit }),
    );

    expect(code).toBe('secret-in-change');
    expect(h.setup.artifacts.size()).toBe(0);
  });

  it('is taken where the base has it in that place already, and where it is one line of a value of several', async () => {
    const base = { 'a.txt': `there ${value}\n`, 'b.txt': 'b\n' };
    const change = { 'a.txt': `there ${value}\nmore\n`, 'b.txt': 'bGluZSBvbmUgb2Yga2V5\n' };

    const final = await h.turn('run1', base, change);

    expect(final.stat.files).toBe(2);
  });
});

describe('the answer of git cat-file', () => {
  const answer = Buffer.from('id1 blob 5 a b.txt\nhe\nlo\nid2 blob 0 \n\nid3 commit 3 \nabc\n');

  it.each([1, 2, 3, 7, 100])('is read the same in pieces of %i bytes', (size) => {
    const objects: { path: string; content: string }[] = [];
    const reader = createBatchReader({
      begin: ({ path }) => objects.push({ path, content: '' }),
      piece(bytes) {
        const last = objects.at(-1);
        if (last) last.content += bytes.toString();
      },
    });

    for (let at = 0; at < answer.length; at += size) reader.take(answer.subarray(at, at + size));

    expect(objects).toEqual([
      { path: 'a b.txt', content: 'he\nlo' },
      { path: '', content: '' },
      { path: '', content: 'abc' },
    ]);
    expect(reader.isBetween()).toBe(true);
  });

  it('that lacks an object is a failure', () => {
    const reader = createBatchReader({ begin: () => undefined, piece: () => undefined });

    expect(() => reader.take(Buffer.from('id1 missing\n'))).toThrow(/object id1 is missing; try again/);
  });
});
