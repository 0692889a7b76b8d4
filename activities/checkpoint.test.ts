import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { updateRun } from '../db/runs.ts';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { RunInput } from '../workflows/contracts/run.ts';
import { createCheckpointActivities } from './checkpoint.ts';
import { checkpoint, principal, requestInput, runInput } from './testing/samples.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
let run: RunInput;
let activities: ReturnType<typeof createCheckpointActivities>;
let count = 0;
const base = 'b'.repeat(40);
const tip = 'c'.repeat(40);

beforeAll(async () => {
  world = await openWorld();
  const { database, runLog, git, logger } = world.deps;
  const author = { name: 'AstraForge', email: 'astraforge@localhost' };
  activities = createCheckpointActivities({ database, runLog, git, logger, now: Date.now, publicUrl: 'http://forge.test', author });
});
afterAll(() => world.close());
beforeEach(() => {
  count += 1;
  const requestId = `01890000-0000-7000-8005-${String(count).padStart(12, '0')}`;
  run = runInput({ request: requestInput({ requestId, projectId: `k${count}` }), messages: [] });
});

const turn = (over: { tipCommit?: string; warnings?: string[] } = {}) => ({
  run,
  tipCommit: tip,
  sessionArtifactId: 's1',
  threadId: 't1',
  warnings: [],
  ...over,
});
const prepared = () => world.database.withTenant('default', (tx) => updateRun(tx, run.runId, { baseCommit: base }));

describe('finaliseCheckpoint', () => {
  it('gives the same commit, checkpoint and one log line however often it is tried', async () => {
    await world.seed(run);
    await prepared();

    const first = await activities.finaliseCheckpoint(turn({ warnings: ['big.bin was left out'] }));
    const second = await activities.finaliseCheckpoint(turn({ warnings: ['big.bin was left out'] }));

    expect(second).toEqual(first);
    expect(first.checkpoint).toMatchObject({ runId: run.runId, baseCommit: base, sessionArtifactId: 's1', threadId: 't1' });
    const [one, two] = world.git.inputs('finalise').slice(-2);
    expect(two).toEqual(one);
    expect(one).toMatchObject({ atMs: run.createdAtMs, tipCommit: tip });
    const created = (await world.events(run)).filter((event) => event.type === 'checkpoint.created');
    expect(created).toHaveLength(1);
    expect(created[0]?.data).toMatchObject({ commit: first.checkpoint.commit, warnings: ['big.bin was left out'] });
  });

  it('commits as AstraForge with the requester as co-author, signed off and signed as the project says', async () => {
    await world.seed(run, { settings: { signOff: true, signingKeyFile: '/keys/sign' } });
    await prepared();

    await activities.finaliseCheckpoint(turn());

    const identity = world.git.inputs('finalise').at(-1)?.identity;
    expect(identity).toMatchObject({
      author: { name: 'AstraForge' },
      committer: { name: 'AstraForge' },
      coAuthors: [{ name: 'Ada', email: 'ada@example.org' }],
      signOff: true,
      signingKeyFile: '/keys/sign',
    });
  });

  it('names no co-author whose address is unknown', async () => {
    run = { ...run, request: { ...run.request, requester: principal({ email: '' }) } };
    await world.seed(run);
    await prepared();

    await activities.finaliseCheckpoint(turn());

    expect(world.git.inputs('finalise').at(-1)?.identity.coAuthors).toEqual([]);
  });

  it('continues on the base of the checkpoint that the run came from', async () => {
    run = { ...run, from: checkpoint({ baseCommit: 'e'.repeat(40) }) };
    await world.seed(run);

    const { checkpoint: made } = await activities.finaliseCheckpoint(turn());

    expect(made.baseCommit).toBe('e'.repeat(40));
  });

  it('says that a turn changed nothing', async () => {
    await world.seed(run);
    await prepared();

    const { unchanged } = await activities.finaliseCheckpoint(turn({ tipCommit: base }));

    expect(unchanged).toBe(true);
  });

  it('fails for good without a base commit, and tells the stage of what git refused but keeps its kind and code', async () => {
    await world.seed(run);
    const withoutBase = activities.finaliseCheckpoint(turn());
    await expect(withoutBase).rejects.toMatchObject({ kind: 'permanent', code: 'checkpoint-failed' });
    await prepared();
    world.git.failNext.finalise = new DomainError('permanent', 'hostile-tree', 'finalising: the tree holds .git');

    const refused = activities.finaliseCheckpoint(turn());

    await expect(refused).rejects.toMatchObject({ kind: 'permanent', code: 'checkpoint-failed', details: { code: 'hostile-tree' } });
    expect((await world.events(run)).filter((event) => event.type === 'checkpoint.created')).toEqual([]);
  });
});
