import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../workflows/contracts/events.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await TestSystem.open();
}, 180_000);

afterAll(async () => {
  await system?.close();
});

/** Forty numbered lines over ten seconds, then a file: an agent at work that can be seen to be undisturbed. */
const script = `
- run: 'for i in $(seq 1 40); do echo line-$i; sleep 0.25; done'
- write: { path: done.txt, content: "finished\\n" }
- say: All done.
`;

async function midTurn(): Promise<{ requestId: string; repository: string }> {
  const project = await system.project({ 'README.md': '# sample\n' }, { review: false });
  const requestId = await system.submit(project.projectId, 'count slowly', { script });
  await system.event(requestId, 'command.started', (event) => event.data.command.includes('line-'));
  await system.event(requestId, 'command.output');
  return { requestId, repository: project.repositoryUrl };
}

/** The numbered lines as people saw them. */
function numbers(events: readonly LogEvent[]): number[] {
  const output = events.filter((event) => event.type === 'command.output').map((event) => event.data);
  const [first, rest] = [output.filter((data) => data.precedes), output.filter((data) => !data.precedes)];
  const text = [...first, ...rest].map((data) => data.text).join('');
  return [...text.matchAll(/^line-(\d+)$/gm)].map((match) => Number(match[1]));
}

async function expectUndisturbed(requestId: string, repository: string): Promise<void> {
  await system.reach(requestId, 'PATCH_READY');
  const events = await system.events(requestId);
  assertDense(events);
  expect(numbers(events)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(events.filter((event) => event.type === 'run.attempt')).toHaveLength(1);
  expect(events.filter((event) => event.type === 'turn.completed')).toHaveLength(1);
  await system.approve(requestId);
  const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
  expect(await git(repository, 'show', `${mergeRequest?.branch}:done.txt`)).toBe('finished');
}

describe('kill -9 in the middle of a turn', () => {
  it.each(['gateway', 'laptop', 'api'])('of %s: every event once, in order, and the agent was not disturbed', async (name) => {
    const { requestId, repository } = await midTurn();

    system.kill(name);

    await expectUndisturbed(requestId, repository);
  });

  it('of Temporal: a chat sent while it is down is accepted and arrives', async () => {
    const { requestId } = await midTurn();

    system.kill('temporal');
    const accepted = await system.chat(requestId, 'also say hello');

    expect(['accepted', 'delivered']).toContain(accepted.state);
    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    assertDense(events);
    const { messages } = await system.detail(requestId);
    expect(messages.find((message) => message.messageId === accepted.messageId)?.disposition).toMatch(/steered|carried/);
  });
});
