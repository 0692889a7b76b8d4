// @rooms workflows/change-request activities api/inbox db/requests.ts
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import { z } from 'zod';
import { unwrap } from '../api/client/index.ts';
import { processEnvironment } from '../config/env.ts';
import { statePaths } from '../config/paths.ts';
import { workflowIds } from '../workflows/contracts/ids.ts';
import { reprojectSignal } from '../workflows/contracts/messages.ts';
import { resetBeforeUpdates } from '../workflows/testing/reset.ts';
import { decide, merge } from './harness/people.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = '- write: { path: done.txt, content: "done\\n" }\n- say: Done.';
/** Long enough to be lost in the middle. */
const slowScript = `- run: 'sleep 20'\n${script}`;

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.open();
}, 180_000);
afterAll(async () => {
  await system?.close();
});

/** `astraforge …` against the running system. */
async function astraforge(...args: string[]): Promise<unknown> {
  const { PATH = '', HOME = '' } = processEnvironment();
  const { apiUrl, token } = system.system;
  const env = { PATH, HOME, ASTRAFORGE_URL: apiUrl, ASTRAFORGE_TOKEN: token };
  const { stdout } = await execa(process.execPath, ['cli/main.ts', ...args, '--json'], { cwd: root, env, extendEnv: false });
  return JSON.parse(stdout);
}

describe('when Temporal’s database is lost', () => {
  it('rehydrate starts open requests again: a gate stays open up to the merge, a run is done again with all its messages', async () => {
    const project = await system.project({ 'README.md': '# sample\n' });
    const atGate = await system.submit(project.projectId, 'write it down', { script });
    const ready = await system.reach(atGate, 'PATCH_READY');
    const atWork = await system.submit(project.projectId, 'write it down slowly', { script: slowScript });
    await system.event(atWork, 'command.started');

    await system.system.stop();
    await rm(statePaths(system.stateDir).temporal, { recursive: true });
    await system.restart();
    const meanwhile = await system.chat(atWork, 'and say hello');
    const restarted = await astraforge('rehydrate');
    const again = await astraforge('rehydrate', atGate);

    const outcomes = [atGate, atWork].map((requestId) => expect.objectContaining({ requestId, outcome: 'restarted' }) as unknown);
    expect(restarted).toEqual(outcomes);
    expect(again).toEqual([expect.objectContaining({ requestId: atGate, outcome: 'running' })]);

    await system.approve(atGate);
    const reviewed = await system.reach(atGate, 'REVIEWED');
    const commit = reviewed.mergeRequest?.commit ?? '';
    expect(commit).toBe(ready.gate?.subject.id);
    await merge(system, atGate, commit);
    await system.reach(atGate, 'DONE');
    expect(await git(project.repositoryUrl, 'show', 'main:done.txt')).toBe('done');

    const redone = await system.reach(atWork, 'PATCH_READY');
    expect(redone.runs.length).toBeGreaterThan(1);
    const { messages } = await system.detail(atWork);
    expect(meanwhile.state).toBe('accepted');
    expect(messages.map(({ disposition }) => disposition)).not.toContain('accepted');
    for (const requestId of [atGate, atWork]) assertDense(await system.events(requestId));
    const activity = await unwrap(system.client.GET('/api/activity', { params: { query: { requestId: atGate } } }));
    expect(activity.items.map(({ verb }) => verb)).toContain('request.rehydrated');
  }, 300_000);
});

describe('when an operator resets a request in Temporal', () => {
  it('the projection goes back with it, under a raised epoch, and the request goes on', async () => {
    const project = await system.project({ 'README.md': '# sample\n' }, { review: false });
    const requestId = await system.submit(project.projectId, 'write it down', { script });
    const ready = await system.reach(requestId, 'PATCH_READY');
    await decide(system, requestId, 'reject', ready.gate?.subject.id ?? '', 'no');
    await system.until('the rejection is projected', async () => (await listedStage(requestId)) === 'BLOCKED');

    await onTemporal(async (client) => {
      const runId = await resetBeforeUpdates(client, workflowIds.request(requestId));
      // What the housekeeper does once the projection is some minutes old.
      await client.workflow.getHandle(workflowIds.request(requestId), runId).signal(reprojectSignal);
    });
    await system.until('the projection went back', async () => (await listedStage(requestId)) === 'PATCH_READY');
    await system.approve(requestId);
    const opened = await system.reach(requestId, 'MR_OPENED');

    expect(opened.mergeRequest?.commit).toBe(ready.gate?.subject.id);
    await system.until('what follows is projected too', async () => (await listedStage(requestId)) === 'MR_OPENED');
  }, 300_000);
});

/** How the request stands in lists, which read the projection. */
async function listedStage(requestId: string): Promise<string | undefined> {
  const { items } = await unwrap(system.client.GET('/api/requests', { params: { query: { text: requestId, limit: 5 } } }));
  return items.find((item) => item.requestId === requestId)?.stage;
}

async function onTemporal(work: (client: Client) => Promise<void>): Promise<void> {
  const ports: unknown = JSON.parse(await readFile(statePaths(system.stateDir).portsFile, 'utf8'));
  const { temporal } = z.object({ temporal: z.number() }).parse(ports);
  const connection = await Connection.connect({ address: `127.0.0.1:${temporal}` });
  try {
    await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
