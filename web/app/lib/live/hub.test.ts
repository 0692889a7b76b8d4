import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { v7 as uuid } from 'uuid';
import { createApp } from '../../../../api/app.ts';
import { unwrap } from '../../../../api/client/index.ts';
import { type Harness, openHarness, startupToken } from '../../../../api/testing/harness.ts';
import { streamsOf } from './connect.ts';
import { LiveHub } from './hub.ts';
import type { HubMessage, LogEvent, TabMessage, TenantChange } from './messages.ts';
import { LiveTab } from './tab.ts';

let harness: Harness;
let api: Restartable;
const hubs: LiveHub[] = [];

beforeAll(async () => {
  harness = await openHarness();
  api = await serveRestartable(harness);
  await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
});
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});
afterAll(async () => {
  await api.close();
  await harness.close();
});

interface Restartable {
  url: string;
  down: () => Promise<void>;
  up: () => Promise<void>;
  close: () => Promise<void>;
}

/** The API behind an address that stays while the API itself goes and comes back, on another port: a restart without a race for it. */
async function serveRestartable({ deps }: Harness): Promise<Restartable> {
  let server: Server | null = null;
  let port: number | null = null;
  const sockets = new Set<Socket>();
  const door: TcpServer = createTcpServer((socket) => {
    socket.on('error', () => {});
    if (port === null) return void socket.destroy();
    const upstream = connect(port, '127.0.0.1');
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  const portOf = (of: Server | TcpServer) => (of.address() as AddressInfo).port;
  const up = async () => {
    server = createServer(createApp(deps));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = portOf(server);
  };
  const down = async () => {
    port = null;
    for (const socket of sockets) socket.destroy();
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    server = null;
  };
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  await up();
  const close = async () => {
    await down();
    await new Promise((resolve) => door.close(resolve));
  };
  return { url: `http://127.0.0.1:${portOf(door)}`, down, up, close };
}

function openHub(options: { token?: string; limit?: number } = {}): LiveHub {
  const hub = new LiveHub({ open: streamsOf(api.url, { token: options.token ?? startupToken }), limit: options.limit, random: () => 0 });
  hubs.push(hub);
  return hub;
}

/** A tab on the hub, with what it was told. */
function openTab(hub: LiveHub): { tab: LiveTab; send: (message: TabMessage) => void } {
  let send: (message: TabMessage) => void = () => {};
  const tab = new LiveTab((receive) => {
    const port = { post: (message: HubMessage) => receive(structuredClone(message)) };
    send = (message) => hub.receive(port, message);
    return { send: (message) => send(message) };
  });
  return { tab, send: (message) => send(message) };
}

/** Follows a request in a tab; the list grows. */
function follow(tab: LiveTab, requestId: string, afterSeq = 0): { seqs: number[]; leave: () => void } {
  const seqs: number[] = [];
  const leave = tab.subscribe(requestId, afterSeq, (events: LogEvent[]) => seqs.push(...events.map(({ seq }) => seq)));
  return { seqs, leave };
}

async function makeRequest(): Promise<string> {
  return (await unwrap(harness.api.POST('/api/requests', { body: { project: 'app', prompt: 'stream' } }))).requestId;
}

async function append(requestId: string, count: number): Promise<void> {
  const event = { type: 'agent.message' as const, emittedAtMs: 1, data: { itemId: 'i', text: 'x' } };
  const events = Array.from({ length: count }, () => event);
  await harness.runLog.append({ tenantId: 'default', requestId, runId: null, attempt: null }, events, uuid());
}

/** Waits for something to become true; the test's own time limit ends a wait in vain. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('LiveHub over the API', () => {
  it('serves all tabs from one stream, each from where it stands', async () => {
    const [first, second] = [await makeRequest(), await makeRequest()];
    await append(first, 5);
    const hub = openHub();
    const [one, two] = [openTab(hub).tab, openTab(hub).tab];

    const all = follow(one, first);
    const late = follow(two, first, 3);
    const other = follow(two, second);
    await append(second, 2);
    await append(first, 2);
    await until(() => all.seqs.length >= 7 && late.seqs.length >= 4 && other.seqs.length >= 2);

    expect(all.seqs).toEqual(upTo(7));
    expect(late.seqs).toEqual(upTo(7, 4));
    expect(other.seqs).toEqual([1, 2]);
  });

  it('gives a subscription that begins further back everything, and those who had it nothing twice', async () => {
    const requestId = await makeRequest();
    await append(requestId, 4);
    const hub = openHub();
    const early = follow(openTab(hub).tab, requestId);
    await until(() => early.seqs.length === 4);

    const fromTheStart = follow(openTab(hub).tab, requestId);
    await append(requestId, 3);
    await until(() => fromTheStart.seqs.length >= 7 && early.seqs.length >= 7);

    expect(fromTheStart.seqs).toEqual(upTo(7));
    expect(early.seqs).toEqual(upTo(7));
  });

  it('has every event once and in order after a restart of the API, and says how it is', async () => {
    const requestId = await makeRequest();
    const hub = openHub();
    const { tab } = openTab(hub);
    const states: string[] = [];
    tab.onState(() => states.push(tab.state));
    const { seqs } = follow(tab, requestId);
    await append(requestId, 3);
    await until(() => seqs.length === 3);

    await api.down();
    await until(() => tab.state === 'reconnecting');
    await append(requestId, 4);
    await api.up();
    await until(() => seqs.length >= 7);
    await append(requestId, 1);
    await until(() => seqs.length >= 8);

    expect(seqs).toEqual(upTo(8));
    expect(states).toEqual(['connecting', 'connected', 'reconnecting', 'connected']);
  });

  it('loses nothing while the browser is offline, and is back as soon as the network is', async () => {
    const requestId = await makeRequest();
    const hub = openHub();
    const { tab } = openTab(hub);
    const { seqs } = follow(tab, requestId);
    await append(requestId, 1);
    await until(() => seqs.length === 1);

    tab.tell({ type: 'offline' });
    await append(requestId, 2);
    tab.tell({ type: 'retry' });
    await until(() => seqs.length >= 3);

    expect(seqs).toEqual([1, 2, 3]);
    expect(tab.state).toBe('connected');
  });

  it('tells of changes in the tenant, and after a loss that anything may have changed', async () => {
    const hub = openHub();
    const { tab } = openTab(hub);
    const told: (TenantChange[] | null)[] = [];
    tab.watchTenant((changes) => told.push(changes));
    await until(() => tab.state === 'connected');

    const requestId = await makeRequest();
    await until(() => told.some((changes) => changes?.some((change) => change.requestId === requestId)));
    await api.down();
    await until(() => tab.state === 'reconnecting');
    await api.up();
    await until(() => told.at(-1) === null);

    expect(tab.state).toBe('connected');
  });

  it('is told again by a tab that it has forgotten', async () => {
    const requestId = await makeRequest();
    await append(requestId, 2);
    const hub = openHub();
    const { tab, send } = openTab(hub);
    const { seqs } = follow(tab, requestId);
    await until(() => seqs.length === 2);

    send({ type: 'bye' });
    await append(requestId, 2);
    tab.tell({ type: 'alive' });
    await until(() => seqs.length >= 4);

    expect(seqs).toEqual(upTo(4));
  });

  it('says that the session has ended instead of asking for ever', async () => {
    const requestId = await makeRequest();
    const hub = openHub({ token: 'wrong' });
    const { tab } = openTab(hub);

    follow(tab, requestId);
    await until(() => tab.state === 'signed-out');

    expect(tab.state).toBe('signed-out');
  });

  it('does not let one request that is not there cut off the others', async () => {
    const requestId = await makeRequest();
    await append(requestId, 1);
    const hub = openHub();
    const { tab } = openTab(hub);
    const { seqs } = follow(tab, requestId);
    await until(() => seqs.length === 1);

    follow(tab, 'no-such-request');
    await until(() => tab.state === 'reconnecting');
    await append(requestId, 1);
    await until(() => seqs.length >= 2);

    expect(seqs).toEqual([1, 2]);
  });

  it('keeps no stream when nobody wants one', async () => {
    const requestId = await makeRequest();
    const hub = openHub();
    const { tab } = openTab(hub);
    const { leave } = follow(tab, requestId);
    await until(() => tab.state === 'connected' && harness.hub.topicCount === 1);

    leave();
    await until(() => tab.state === 'idle' && harness.hub.topicCount === 0);

    expect(harness.hub.topicCount).toBe(0);
  });
});
