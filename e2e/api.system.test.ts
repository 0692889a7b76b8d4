// @rooms api
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { followEvents, unwrap } from '../api/client/index.ts';
import type { LogEvent } from '../workflows/contracts/events.ts';
import { patchOf } from './harness/people.ts';
import { assertDense, fence, TestSystem } from './harness/system.ts';

let system: TestSystem;
let requestId: string;
const script = '- write: { path: done.txt, content: "done\\n" }\n- say: Done.';

beforeAll(async () => {
  system = await TestSystem.open();
}, 180_000);

afterAll(async () => {
  await system?.close();
});

describe('a chat integration', () => {
  it('starts a request with POST /api/chat/, once for a delivery, and reaches its merge request', async () => {
    const project = await system.project({ 'README.md': '# sample\n' });
    const body = { projectName: project.name, text: `write it down\n\n${fence(script)}`, deliveryId: 'chat-1' };
    const first = await unwrap(system.client.POST('/api/chat', { body }));
    const again = await unwrap(system.client.POST('/api/chat', { body }));
    requestId = first.request?.requestId ?? '';

    await system.reach(requestId, 'PATCH_READY');
    await system.approve(requestId);
    await system.reach(requestId, 'REVIEWED');

    expect(again.request?.requestId).toBe(requestId);
    const { items } = await unwrap(system.client.GET('/api/merge-requests', { params: { query: {} } }));
    expect(items.map((item) => item.requestId)).toEqual([requestId]);
  });
});

describe('a run', () => {
  it('has its events as JSON and as SSE, the same and in order, and its diff as files and as a patch', async () => {
    const path = { runId: `${requestId}-1` };
    const page = await unwrap(system.client.GET('/api/runs/{runId}/events', { params: { path, query: { limit: 500 } } }));
    const json = page.items as unknown as LogEvent[];
    const streamed: LogEvent[] = [];
    const { apiUrl: baseUrl, token } = system.system;
    for await (const event of followEvents({ baseUrl, token, requestId, runId: path.runId })) {
      streamed.push(event);
      if (streamed.length === json.length) break;
    }
    const diff = await unwrap(system.client.GET('/api/runs/{runId}/diff', { params: { path } }));

    expect(streamed.map((event) => event.seq)).toEqual(json.map((event) => event.seq));
    expect(json.map((event) => event.type)).toEqual(expect.arrayContaining(['run.started', 'turn.completed', 'checkpoint.created']));
    expect(diff).toMatchObject({ stat: { files: 1 }, files: [{ path: 'done.txt', status: 'added' }] });
    expect(await patchOf(system, path.runId)).toContain('+++ b/done.txt');
  });
});

describe('a request', () => {
  it('streams its whole log densely from the first event on', async () => {
    const whole = await system.events(requestId);
    const streamed: LogEvent[] = [];
    for await (const event of system.follow(requestId)) {
      streamed.push(event);
      if (streamed.length === whole.length) break;
    }

    assertDense(streamed);
    expect(streamed.map((event) => event.type)).toEqual(whole.map((event) => event.type));
  });
});

describe('a merge request', () => {
  it('shows its notes and findings, under the identity of the reviewer', async () => {
    const { mergeRequest } = await system.detail(requestId);
    const params = { path: { mergeRequestId: mergeRequest?.mergeRequestId ?? '' } };
    const shown = await unwrap(system.client.GET('/api/merge-requests/{mergeRequestId}', { params }));

    expect(shown.ref.commit).toBe(mergeRequest?.commit);
    expect(shown.notes.length).toBeGreaterThan(0);
    expect(new Set(shown.notes.map((note) => note.author))).not.toContain('Owner');
  });
});

describe('what a page needs to offer a choice', () => {
  it('is told: what may be chosen, that the model is a stand-in, and which files there are', async () => {
    const options = await unwrap(system.client.GET('/api/options'));
    const { project } = await system.detail(requestId);
    const params = { path: { projectId: project.projectId }, query: { query: 'read' } };
    const files = await unwrap(system.client.GET('/api/projects/{projectId}/files', { params }));

    expect(options).toMatchObject({ defaultExecutor: 'codex', forges: ['local'], egressPresets: ['package-registries'], demoModel: true });
    expect(options.models.length).toBeGreaterThan(0);
    expect(files).toEqual({ items: ['README.md'], more: false });
  });

  it('and what came of the last days', async () => {
    const { waiting, running, totals, days } = await unwrap(system.client.GET('/api/overview', { params: { query: { days: 2 } } }));

    expect([...waiting, ...running].map((request) => request.requestId)).toContain(requestId);
    expect(totals).toMatchObject({ opened: 1, merged: 0, successRate: null });
    expect(totals.inputTokens).toBeGreaterThan(0);
    expect(days.reduce((sum, day) => sum + day.opened, 0)).toBe(1);
  });
});

describe('the activity feed', () => {
  it('tells who did what', async () => {
    const { items } = await unwrap(system.client.GET('/api/activity', { params: { query: {} } }));

    expect(items.filter((item) => item.requestId === requestId).length).toBeGreaterThan(1);
  });
});

describe('the API', () => {
  it('listens on loopback unless told otherwise', async () => {
    const port = Number(new URL(system.system.apiUrl).port);
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4')
      .map((address) => address.address);

    const reachable = await Promise.all(outside.map((host) => canConnect(host, port)));

    expect(await canConnect('127.0.0.1', port)).toBe(true);
    expect(reachable).not.toContain(true);
  });
});

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
