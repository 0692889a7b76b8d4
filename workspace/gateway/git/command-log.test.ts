import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { createLogger } from '../../../config/logger.ts';
import { checkpoint, requestInput, runInput } from '../../../activities/testing/samples.ts';
import { openWorld, type World } from '../../../activities/testing/world.ts';
import { startReview } from '../../../db/reviews.ts';
import type { RunInput } from '../../../workflows/contracts/run.ts';
import { createCommandLog } from './command-log.ts';
import { createGit, type GitCommandReport } from './run-git.ts';
import { makeFolder, makeRepository } from './testing.ts';

const folder = makeFolder();
const logger = createLogger('test', { silent: true });
let world: World;
let run: RunInput;

beforeAll(async () => {
  world = await openWorld();
  run = runInput({ request: requestInput({ projectId: 'cl1' }), messages: [] });
  await world.seed(run);
});
afterAll(async () => {
  await world.close();
  folder.remove();
});

const commandLog = (over: Partial<Parameters<typeof createCommandLog>[0]> = {}) =>
  createCommandLog({ database: world.database, runLog: world.deps.runLog, logger, ...over });
const commandsOf = async (owner: RunInput) => (await world.events(owner)).filter((event) => event.type === 'git.command');

function report(scope: GitCommandReport['scope'], name: string): GitCommandReport {
  return { scope, argv: ['git', name], exitCode: 0, durationMs: 3 };
}

describe('createCommandLog', () => {
  it('shows a real command of a run in its request’s log, without host paths', async () => {
    const repository = makeRepository(join(folder.path, 'r'));
    repository.commit('one');
    const log = commandLog();
    const git = createGit({ onCommand: (command) => log.report(command) });
    const scope = { tenantId: 'default', runId: run.runId };

    await git(['bundle', 'create', join(folder.path, 'out.bundle'), 'HEAD'], { cwd: repository.path, scope });
    await git(['rev-parse', '--verify', 'nope'], { cwd: repository.path, scope }).catch(() => undefined);
    await git(['rev-parse', 'HEAD'], { cwd: repository.path, scope, quiet: true });
    await log.drain();

    const events = await commandsOf(run);
    expect(events.map((event) => event.data)).toMatchObject([
      { argv: ['git', 'bundle', 'create', '…/out.bundle', 'HEAD'], exitCode: 0 },
      { argv: ['git', 'rev-parse', '--verify', 'nope'], exitCode: 128 },
    ]);
    expect(events[0]).toMatchObject({ runId: run.runId });
  });

  it('keeps the order and counts no command twice when it writes while more come', async () => {
    const other = runInput({
      request: requestInput({ requestId: '01890000-0000-7000-8008-000000000002', projectId: 'cl2' }),
      messages: [],
    });
    await world.seed(other);
    const scope = { tenantId: 'default', runId: other.runId };
    const log = commandLog();

    log.report(report(scope, 'one'));
    const draining = log.drain();
    log.report(report(scope, 'two'));
    log.report(report(scope, 'three'));
    await draining;
    await log.drain();
    await log.drain();

    expect((await commandsOf(other)).map((event) => (event.data as { argv: string[] }).argv[1])).toEqual(['one', 'two', 'three']);
  });

  it('counts a review’s commands to its request', async () => {
    const { request } = run;
    const before = await commandsOf(run);
    await world.database.withTenant('default', (tx) => startReview(tx, { reviewId: 'review-1', request, checkpoint: checkpoint() }));
    const log = commandLog();

    log.report(report({ tenantId: 'default', runId: 'review-1' }, 'fetch'));
    await log.drain();

    expect((await commandsOf(run)).slice(before.length).map((event) => event.data)).toMatchObject([{ argv: ['git', 'fetch'] }]);
  });

  it('writes nothing for commands of nobody, of an unknown run and of another tenant', async () => {
    const before = (await commandsOf(run)).length;
    const log = commandLog();

    for (const scope of [{}, { runId: run.runId }, { tenantId: 'default', runId: 'unknown' }, { tenantId: 'other', runId: run.runId }])
      log.report(report(scope, 'gc'));
    await log.drain();

    expect(await commandsOf(run)).toHaveLength(before);
  });

  it('fails no command when the log cannot be written, and writes the next ones', async () => {
    const scope = { tenantId: 'default', runId: run.runId };
    const before = (await commandsOf(run)).length;
    const { runLog } = world.deps;
    let isAway = true;
    const append: typeof runLog.append = (...args) => (isAway ? Promise.reject(new Error('away')) : runLog.append(...args));
    const log = commandLog({ runLog: { ...runLog, append } });

    log.report(report(scope, 'lost'));
    await log.drain();
    isAway = false;
    log.report(report(scope, 'kept'));
    await log.drain();

    expect((await commandsOf(run)).slice(before).map((event) => event.data)).toMatchObject([{ argv: ['git', 'kept'] }]);
  });
});
