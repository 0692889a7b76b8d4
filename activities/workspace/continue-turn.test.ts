import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkpoint, requestInput, runInput } from '../testing/samples.ts';
import { openWorld, testEnvironment, workspaceRef, type World } from '../testing/world.ts';
import { createContinueTurn } from './continue-turn.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('continueTurn', () => {
  /** What a living workspace of a new run got, and what its log says. */
  async function continued(projectId: string, more: { refusal: string } | { checkpoint: ReturnType<typeof checkpoint>; checks: [] }) {
    const requestId = `01890000-0000-7000-8006-${projectId.padStart(12, '0')}`;
    const run = runInput({ request: requestInput({ requestId, projectId }), messages: [] });
    await world.seed(run);
    const workspace = world.provisioner.add(`${run.runId}-a1`);
    const input = { run, workspace: workspaceRef(run), turnMessageId: 'next', ...more };
    await testEnvironment().run(createContinueTurn(world.deps), input);
    return { delivered: workspace.delivered, events: await world.events(run) };
  }

  it('leaves the work of a refused change where it is, and tells the agent and people why it was refused', async () => {
    const { delivered, events } = await continued('1', { refusal: 'it holds DB_KEY (a.txt)' });

    expect(delivered).toEqual([expect.objectContaining({ kind: 'turn', messageId: 'next', mode: 'work' })]);
    expect(JSON.stringify(delivered)).toContain('it holds DB_KEY (a.txt)');
    expect(events.map(({ type }) => type)).toEqual(['warning', 'message.delivered']);
    expect(JSON.stringify(events)).toContain('it holds DB_KEY (a.txt)');
  });

  it('begins a repair of checks on the checkpoint', async () => {
    const { delivered, events } = await continued('2', { checkpoint: checkpoint(), checks: [] });

    expect(delivered).toEqual([
      expect.objectContaining({ kind: 'reset', commit: checkpoint().commit }),
      expect.objectContaining({ kind: 'turn', messageId: 'next' }),
    ]);
    expect(events.map(({ type }) => type)).toEqual(['message.delivered']);
  });
});
