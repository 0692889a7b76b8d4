import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { Finding } from '../workflows/contracts/finding.ts';
import type { Forge, ForgeProject, OpenMergeRequest } from './port.ts';

/** A forge with one project whose `main` has the file `a.txt`, and a way to look at it from outside. */
export interface ForgeHarness {
  forge: Forge;
  project: ForgeProject;
  /** Pushes a branch from `from` (a commit, or `main`) with these files; answers its commit. */
  pushBranch(branch: string, files: Record<string, string>, from?: string): Promise<string>;
  /** A file on `main`; null when it is not there. */
  readMain(path: string): Promise<string | null>;
  /** Bodies of the remarks on a merge request. */
  notes(mergeRequestId: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The behaviour of every forge. */
export function describeForge(name: string, make: () => Promise<ForgeHarness>): void {
  describe(`Forge: ${name}`, () => {
    let harness: ForgeHarness;
    let counter = 0;

    beforeAll(async () => {
      harness = await make();
    });

    afterAll(() => harness.close());

    async function change(files: Record<string, string>, from?: string): Promise<OpenMergeRequest> {
      counter += 1;
      const branch = `astraforge/change-${counter}`;
      const commit = await harness.pushBranch(branch, files, from);
      return { requestId: `request${counter}`, branch, targetBranch: 'main', commit, title: `Change ${counter}`, description: 'Why' };
    }

    const finding: Finding = {
      fingerprint: 'f1',
      path: 'a.txt',
      startLine: 1,
      endLine: 1,
      severity: 'high',
      title: 'Off by one',
      body: 'The last line is lost.',
    };

    it('opens a merge request of a branch once, and finds it again', async () => {
      const { forge, project } = harness;
      const input = await change({ 'one.txt': '1\n' });

      const opened = await forge.openMergeRequest(project, input);
      const again = await forge.openMergeRequest(project, input);
      const read = await forge.getMergeRequest(project, opened);

      expect(opened).toMatchObject({ forge: forge.name, branch: input.branch, targetBranch: 'main', commit: input.commit, state: 'open' });
      expect(again).toEqual(opened);
      expect(read).toEqual(opened);
    });

    it('updates the open merge request when its branch got another commit', async () => {
      const { forge, project } = harness;
      const input = await change({ 'two.txt': '1\n' });
      const opened = await forge.openMergeRequest(project, input);
      const commit = await harness.pushBranch(input.branch, { 'two.txt': '2\n' }, input.commit);

      const updated = await forge.openMergeRequest(project, { ...input, commit, title: 'New title' });

      expect(updated).toEqual({ ...opened, commit });
    });

    it('numbers merge requests that open at once without a gap or a double', async () => {
      const { forge, project } = harness;
      const inputs: OpenMergeRequest[] = [];
      for (let index = 0; index < 6; index += 1) inputs.push(await change({ [`many-${index}.txt`]: 'x\n' }));

      const opened = await Promise.all([...inputs, ...inputs].map((input) => forge.openMergeRequest(project, input)));

      const numbers = [...new Set(opened.map((ref) => ref.number))].toSorted((a, b) => a - b);
      const first = numbers[0] ?? 0;
      expect(numbers).toEqual(inputs.map((_, index) => first + index));
    });

    it('merges once, and says merged ever after', async () => {
      const { forge, project } = harness;
      const input = await change({ 'merged.txt': 'yes\n' });
      const opened = await forge.openMergeRequest(project, input);

      const merged = await forge.merge(project, opened);
      const again = await forge.merge(project, opened);
      const reopened = await forge.openMergeRequest(project, input);

      expect(merged).toMatchObject({ state: 'merged', mergeCommit: expect.stringMatching(/^[0-9a-f]{40}$/) });
      expect([again, reopened, await forge.getMergeRequest(project, opened)]).toEqual([merged, merged, merged]);
      expect(await harness.readMain('merged.txt')).toBe('yes\n');
    });

    it('names the files of a conflict and leaves the merge request open', async () => {
      const { forge, project } = harness;
      const first = await forge.openMergeRequest(project, await change({ 'a.txt': 'first\n' }));
      const second = await forge.openMergeRequest(project, await change({ 'a.txt': 'second\n' }));
      await forge.merge(project, first);

      const work = forge.merge(project, second);

      await expect(work).rejects.toMatchObject({ code: 'merge-conflict', details: { files: ['a.txt'] } });
      expect((await forge.getMergeRequest(project, second)).state).toBe('open');
      expect(await harness.readMain('a.txt')).toBe('first\n');
    });

    it('does not merge a commit that is no longer the one of the merge request', async () => {
      const { forge, project } = harness;
      const input = await change({ 'moved.txt': '1\n' });
      const old = await forge.openMergeRequest(project, input);
      const commit = await harness.pushBranch(input.branch, { 'moved.txt': '2\n' }, input.commit);
      await forge.openMergeRequest(project, { ...input, commit });

      const work = forge.merge(project, old);

      await expect(work).rejects.toMatchObject({ code: 'merge-request-moved' });
      expect(await harness.readMain('moved.txt')).toBeNull();
    });

    it('posts a review once, and each finding once by fingerprint over all reviews', async () => {
      const { forge, project } = harness;
      const ref = await forge.openMergeRequest(project, await change({ 'reviewed.txt': 'x\n' }));
      const review = { reviewId: 'r1', verdict: 'comment', summary: 'Mostly good.', findings: [finding] };

      await forge.postReview(project, ref, review);
      await forge.postReview(project, ref, review);
      await forge.postReview(project, ref, { ...review, reviewId: 'r2', summary: 'Still.' });

      const notes = await harness.notes(ref.mergeRequestId);
      expect(notes).toHaveLength(3);
      expect(notes.filter((body) => body.includes('Off by one'))).toHaveLength(1);
    });

    it('refuses a merge request that it does not know', async () => {
      const { forge, project } = harness;
      const ref = await forge.openMergeRequest(project, await change({ 'known.txt': 'x\n' }));

      const work = forge.getMergeRequest(project, { ...ref, mergeRequestId: 'no-such-id', number: 9999 });

      await expect(work).rejects.toBeInstanceOf(DomainError);
      await expect(work).rejects.toMatchObject({ code: 'unknown-merge-request' });
    });
  });
}
