import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { join } from 'node:path';
import { storeGate } from '../db/gates.ts';
import { getMergeRequestOfRequest, listNotes } from '../db/merge-requests.ts';
import { insertMessage } from '../db/messages.ts';
import type { Tx } from '../db/port.ts';
import { upsertPrincipal } from '../db/principals.ts';
import { finishReview, startReview } from '../db/reviews.ts';
import { insertRun, updateRun } from '../db/runs.ts';
import { createForgeRegistry } from '../forges/registry.ts';
import type { Checkpoint, Decision, Gate, RequestInput } from '../workflows/contracts/request.ts';
import type { RunInput } from '../workflows/contracts/run.ts';
import { runRepositoryPath } from '../workspace/gateway/git/names.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import { createGitService } from '../workspace/gateway/git/service.ts';
import { cloneRepository, makeFolder, makeRepository, memoryArtifacts, plainGit } from '../workspace/gateway/git/testing.ts';
import { createCheckpointActivities } from './checkpoint.ts';
import { createForgeActivities } from './forge.ts';
import { principal, requestInput, runInput } from './testing/samples.ts';
import { branchName } from './texts.ts';
import { openWorld, type World } from './testing/world.ts';

const folder = makeFolder();
const publicUrl = 'http://forge.test';
const author = { name: 'AstraForge', email: 'astraforge@localhost' };
const bare = join(folder.path, 'forge.git');
const runsDir = join(folder.path, 'runs');
let world: World;
let git: GitService;
let forges: ReturnType<typeof createForgeActivities>;
let checkpoints: ReturnType<typeof createCheckpointActivities>;
let count = 0;

const asTenant = <T>(work: (tx: Tx) => Promise<T>) => world.database.withTenant('default', work);

/** The git service and the local forge as they are, over a real bare repository and a real Postgres. */
beforeAll(async () => {
  const source = makeRepository(join(folder.path, 'source'));
  source.commit('base', { 'a.txt': 'a\n' });
  plainGit(folder.path, ['clone', '-q', '--bare', source.path, bare]);
  git = createGitService({
    mirrorsDir: join(folder.path, 'mirrors'),
    runsDir,
    artifacts: memoryArtifacts(),
    resolveSource: () => Promise.resolve({ kind: 'git', url: bare }),
  });
  world = await openWorld();
  const { database, runLog, logger } = world.deps;
  const config = { PUBLIC_URL: publicUrl, GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email };
  const forge = createForgeRegistry({ database, git, config, logger });
  forges = createForgeActivities({ database, git, logger, publicUrl, forge });
  checkpoints = createCheckpointActivities({ database, runLog, git, logger, now: Date.now, publicUrl, author });
});
afterAll(async () => {
  await world.close();
  folder.remove();
});

/** A request whose agent wrote `files`, as `checkpointOf` makes it. */
async function patch(files: Record<string, string>): Promise<{ request: RequestInput; checkpoint: Checkpoint }> {
  count += 1;
  const tail = String(count).padStart(12, '0');
  const request = requestInput({
    requestId: `01890000-0000-7000-8007-${tail}`,
    projectId: `f${count}`,
    title: `Change ${count}: @everyone`,
    promptMessageId: `fm${count}`,
  });
  const run = runInput({ request, messages: [] });
  await world.seed(run);
  const { tenantId, projectId, requestId, promptMessageId: messageId } = request;
  const body = 'Please change it.\n```\nnot the end\n```';
  await asTenant(async (tx) => {
    await insertMessage(tx, { tenantId, messageId, requestId, kind: 'prompt', body, authorId: 'p-ada' });
    await tx.execute(sql`update projects set repository_url = ${`file://${bare}`} where project_id = ${projectId}`);
  });
  return { request, checkpoint: await checkpointOf(run, files) };
}

/** What a further run of the request wrote. */
async function followUp(request: RequestInput, ordinal: number, files: Record<string, string>): Promise<Checkpoint> {
  const run = runInput({ request, messages: [], runId: `${request.requestId}-${ordinal}`, ordinal });
  await asTenant((tx) => insertRun(tx, run, 'working'));
  return checkpointOf(run, files);
}

/** The run's turn: prepared, pushed as a workspace does, finalised. */
async function checkpointOf(run: RunInput, files: Record<string, string>): Promise<Checkpoint> {
  const { tenantId, projectId } = run.request;
  const source = { kind: 'git' as const, url: bare };
  const { baseCommit } = await git.prepareRun({ tenantId, projectId, runId: run.runId, source, baseBranch: 'main', from: null });
  await asTenant((tx) => updateRun(tx, run.runId, { baseCommit }));
  const workspace = cloneRepository(runRepositoryPath(runsDir, run.runId), join(folder.path, `workspace-${run.runId}`));
  const tipCommit = workspace.commit('work', files);
  workspace.git('push', '-q', 'origin', 'HEAD:refs/heads/astraforge/turn');
  const turn = { run, tipCommit, sessionArtifactId: null, threadId: null, warnings: ['big.bin: too large'] };
  return (await checkpoints.finaliseCheckpoint(turn)).checkpoint;
}

function approval(by: Decision['by'], over: Partial<Decision> = {}): Decision {
  return { decisionId: `d-${by?.id}`, vote: 'approve', by, rule: null, comment: '', atMs: 1, superseded: false, ...over };
}

function gateOf(request: RequestInput, commit: string, decisions: Decision[]): Gate {
  return {
    gateId: `${request.requestId}-g1`,
    subject: { kind: 'commit', id: commit },
    rule: request.gates.patch,
    status: 'approved',
    openedAtMs: 1,
    expiresAtMs: null,
    closedAtMs: 2,
    decisions,
    checks: [{ name: 'test', command: 'npm test', status: 'passed', exitCode: 0, durationMs: 1 }],
  };
}

/** The same activities, failing once the commit is at the forge. */
function failing(at: string): ReturnType<typeof createForgeActivities> {
  const { database, logger } = world.deps;
  const away = () => Promise.reject(new Error('the network is away'));
  const publish: GitService['publish'] = async (input) => (await git.publish(input), away());
  const config = { PUBLIC_URL: publicUrl, GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email };
  const registry = createForgeRegistry({ database, git, config, logger });
  const forge = (name: string) => ({ ...registry(name), openMergeRequest: away });
  return createForgeActivities({ database, git: at === 'writing' ? { ...git, publish } : git, logger, publicUrl, forge });
}

const tipOf = (branch: string) => plainGit(bare, ['rev-parse', `refs/heads/${branch}`]).trim();

describe('publish and merge', () => {
  it('pushes exactly the approved commit, opens one merge request that tells who approved what, and merges it, however often', async () => {
    const { request, checkpoint } = await patch({ 'a.txt': 'changed\n' });
    const gate = gateOf(request, checkpoint.commit, [approval(principal({ name: 'Grace' }), { comment: 'fine' })]);
    await asTenant((tx) => storeGate(tx, 'default', request.requestId, gate));

    const opened = await forges.publish({ request, checkpoint, previous: null });
    const again = await forges.publish({ request, checkpoint, previous: opened });
    const merged = await forges.merge({ request, mergeRequest: again });
    const mergedAgain = await forges.merge({ request, mergeRequest: again });

    expect(opened).toMatchObject({ state: 'open', commit: checkpoint.commit, targetBranch: 'main' });
    expect(tipOf(opened.branch)).toBe(checkpoint.commit);
    expect(again.mergeRequestId).toBe(opened.mergeRequestId);
    expect(merged.state).toBe('merged');
    expect(mergedAgain.mergeCommit).toBe(merged.mergeCommit);
    expect(plainGit(bare, ['show', 'main:a.txt'])).toBe('changed\n');
    const row = await asTenant((tx) => getMergeRequestOfRequest(tx, request.requestId));
    for (const told of ['- `test`: passed', '- Grace: fine', 'big.bin: too large', `${publicUrl}/requests/${request.requestId}`])
      expect(row?.description).toContain(told);
  });

  it('pushes nothing over what somebody else put on its branch', async () => {
    const { request, checkpoint } = await patch({ 'b.txt': 'one\n' });
    const opened = await forges.publish({ request, checkpoint, previous: null });
    plainGit(bare, ['update-ref', `refs/heads/${opened.branch}`, tipOf('main')]);

    const publishing = forges.publish({ request, checkpoint, previous: opened });

    await expect(publishing).rejects.toMatchObject({ kind: 'permanent', code: 'remote-moved' });
    expect(tipOf(opened.branch)).toBe(tipOf('main'));
  });

  it.each([
    ['the merge request did not come of the last push', 'opening'],
    ['nobody wrote down how the last push ended', 'writing'],
  ])('pushes the next approved commit when %s', async (_name, failure) => {
    const { request, checkpoint } = await patch({ 'e.txt': `${failure} one\n` });
    const first = failing(failure).publish({ request, checkpoint, previous: null });
    await expect(first).rejects.toThrow('the network is away');
    const next = await followUp(request, 2, { 'e.txt': `${failure} two\n` });

    const opened = await forges.publish({ request, checkpoint: next, previous: null });

    expect([opened.commit, tipOf(opened.branch)]).toEqual([next.commit, next.commit]);
    expect(next.commit).not.toBe(checkpoint.commit);
  });

  it('pushes nothing over what somebody else put there after a push of which no merge request came', async () => {
    const { request, checkpoint } = await patch({ 'g.txt': 'one\n' });
    await expect(failing('writing').publish({ request, checkpoint, previous: null })).rejects.toThrow('the network is away');
    const branch = branchName(request);
    plainGit(bare, ['update-ref', `refs/heads/${branch}`, tipOf('main')]);
    const next = await followUp(request, 2, { 'g.txt': 'two\n' });

    const publishing = forges.publish({ request, checkpoint: next, previous: null });

    await expect(publishing).rejects.toMatchObject({ code: 'remote-moved' });
    expect(tipOf(branch)).toBe(tipOf('main'));
  });

  it('names the forges that exist to a request that wants another one', async () => {
    const { request, checkpoint } = await patch({ 'c.txt': 'c\n' });

    const publishing = forges.publish({ request: { ...request, forge: 'nowhere' }, checkpoint, previous: null });

    await expect(publishing).rejects.toMatchObject({ code: 'unknown-forge', message: expect.stringContaining('local') });
  });
});

describe('confirmQuorum', () => {
  it('counts a vote by the roles that its voter has now', async () => {
    const request = requestInput();
    const voter = principal({ id: 'p-grace', roles: ['maintainer'] });
    await asTenant((tx) => upsertPrincipal(tx, voter));
    const gate = gateOf(request, 'c', [approval(voter)]);

    const before = await forges.confirmQuorum({ request, gate });
    await asTenant((tx) => upsertPrincipal(tx, { ...voter, roles: ['observer'] }));
    const after = await forges.confirmQuorum({ request, gate });
    const stranger = await forges.confirmQuorum({ request, gate: gateOf(request, 'c', [approval(principal({ id: 'p-gone' }))]) });

    expect([before.holds, after.holds, stranger.holds]).toEqual([true, false, false]);
  });

  it('needs nobody for a recorded rule', async () => {
    const request = requestInput();
    const gate = gateOf(request, 'c', [approval(null, { rule: 'pre-approved' })]);

    expect(await forges.confirmQuorum({ request, gate })).toEqual({ holds: true });
  });
});

describe('postReview', () => {
  it('posts a completed review once however often it is tried, and no other', async () => {
    const { request, checkpoint } = await patch({ 'd.txt': 'd\n' });
    const mergeRequest = await forges.publish({ request, checkpoint, previous: null });
    const reviewId = `${request.requestId}-r`;
    const input = { request, mergeRequest, reviewId };
    await asTenant((tx) => startReview(tx, { reviewId, request, checkpoint }));
    const early = forges.postReview(input);
    await expect(early).rejects.toMatchObject({ code: 'review-missing' });
    const finding = {
      fingerprint: 'x1',
      path: 'd.txt',
      startLine: 1,
      endLine: 1,
      severity: 'low' as const,
      title: 'Name',
      body: 'Say why.',
    };
    await asTenant((tx) => finishReview(tx, { reviewId, status: 'completed', verdict: 'comment', summary: 'Good.', findings: [finding] }));

    await forges.postReview(input);
    await forges.postReview(input);

    const notes = await asTenant((tx) => listNotes(tx, mergeRequest.mergeRequestId));
    expect(notes.map((note) => note.body).filter((body) => body.includes('Say why.'))).toHaveLength(1);
    expect(notes.filter((note) => note.body.includes('Good.'))).toHaveLength(1);
  });
});
