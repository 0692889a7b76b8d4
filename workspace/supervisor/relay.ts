import { createServer, request } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Emit } from '../executors/port.ts';
import { checkSecretsPath } from '../../workflows/contracts/project-secret.ts';
import { setupSnapshotsPath } from '../../workflows/contracts/setup-snapshot.ts';
import { pathOf } from '../gateway/http.ts';
import { serveDemo } from '../gateway/llm/demo/serve.ts';
import { isModelRefusal, parseRefusal } from './refusal.ts';

/** How long a request waits for a gateway that is being restarted, before anything of it was sent. */
const doorWaitMs = 60_000;
const maxRefusalBytes = 16_384;
/** Rooms of the door that only the supervisor enters. */
const supervisorsRooms = [checkSecretsPath.slice(0, checkSecretsPath.lastIndexOf('/')), setupSnapshotsPath];

/** Marks the supervisor's own requests; the agent cannot see it, and it never leaves the relay. */
export const supervisorHeader = 'x-astraforge-supervisor';

export interface Relay {
  port: number;
  /** When bytes of a model call last passed, either way (epoch ms). */
  lastModelTrafficMs(): number;
  /** True when the gateway itself refused the last model call (token, budget, model), rather than the model failing. */
  modelRefused(): boolean;
  close(): Promise<void>;
}

interface RelayOptions {
  port: number;
  doorSocket: string;
  runToken: string;
  /** Value of `supervisorHeader` that opens the session upload and pushes. */
  supervisorKey: string;
  /** Who answers model calls: the door, the demo model in this process, or nobody (there is no model for checks). */
  model: 'gateway' | 'inside' | 'none';
  emit: Emit;
}

/**
 * Listens on loopback and carries HTTP (streaming, byte for byte) and CONNECT to the gateway's door, adding the run's token. The
 * agent may call the model, read the run's repository and artifacts, and CONNECT; only the supervisor may push, upload, read the project's
 * secrets, and have what setups made.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  let trafficMs = Date.now();
  let refused = false;
  const touch = () => {
    trafficMs = Date.now();
  };

  const server = createServer((incoming, outgoing) => {
    const isModel = incoming.url?.startsWith('/v1/') ?? false;
    if (!mayPass(incoming, options)) return refuse(outgoing, 403, 'relay-forbidden');
    if (isModel) touch();
    if (isModel && options.model === 'inside') return void serveDemo(incoming, outgoing).catch(() => outgoing.destroy());
    // Listening for data starts the flow: only together with the pipe, or the first bytes are lost.
    forward(incoming, outgoing, options, isModel ? touch : () => undefined, (answer) => {
      if (!isModel) return;
      touch();
      answer.on('data', touch);
      refused = false;
      if ((answer.statusCode ?? 0) >= 400) {
        void readRefusal(answer).then((body) => {
          refused = isModelRefusal(answer.statusCode ?? 0, body);
        });
      }
    }).catch(() => outgoing.destroy());
  });
  // A model call may be silent for long; the agent and the gateway have time-outs of their own.
  server.requestTimeout = 0;
  server.maxConnections = 256;
  server.on('connect', (incoming, socket, head) => {
    tunnel(incoming, socket, head, options).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    lastModelTrafficMs: () => trafficMs,
    modelRefused: () => refused,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An agent may ask for anything at all: what is no plain path passes only as the target of a proxy, which the door judges. */
function mayPass(incoming: IncomingMessage, options: RelayOptions): boolean {
  if (incoming.headers[supervisorHeader] === options.supervisorKey) return true;
  const target = incoming.url ?? '';
  const path = pathOf(target);
  if (path === null || target.includes('#'))
    return target.startsWith('http://') && URL.canParse(target) && !isSupervisorsRoom(new URL(target).pathname);
  const service = new URLSearchParams(target.slice(path.length)).get('service');
  if (path.startsWith('/v1/')) return options.model !== 'none';
  if (path.endsWith('/git-receive-pack') || service === 'git-receive-pack') return false;
  if (isSupervisorsRoom(path)) return false;
  if (path.startsWith('/files/')) return incoming.method === 'GET';
  return true;
}

function isSupervisorsRoom(path: string): boolean {
  return supervisorsRooms.some((room) => path.startsWith(room));
}

function refuse(outgoing: ServerResponse, statusCode: number, code: string): void {
  outgoing.writeHead(statusCode, { 'content-type': 'application/json', connection: 'close' });
  outgoing.end(JSON.stringify({ code }));
}

/**
 * Connects to the door, waiting while the gateway is away; nothing was sent yet, so waiting is safe. Where the door is is asked for
 * each try when `path` is a function.
 */
export async function connectDoor(
  path: string | (() => string),
  options: { allowHalfOpen: boolean } = { allowHalfOpen: false },
): Promise<Socket | null> {
  const deadline = Date.now() + doorWaitMs;
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1000)) {
    const socket = connect({ path: typeof path === 'string' ? path : path(), ...options });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (connected) {
      socket.removeAllListeners('error');
      return socket;
    }
    if (Date.now() > deadline) return null;
    await sleep(waitMs);
  }
}

/** Headers as they came (order, case and repetition kept), without ours and with the token. */
function relayedHeaders(incoming: IncomingMessage, runToken: string): OutgoingHttpHeaders {
  // No plain object: an agent may name a header as one of its prototype's properties.
  const headers = new Map<string, string[]>();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (['authorization', 'proxy-authorization', 'connection', 'proxy-connection', supervisorHeader].includes(lower)) continue;
    headers.set(name, [...(headers.get(name) ?? []), incoming.rawHeaders[at + 1] ?? '']);
  }
  const single = [...headers].map(([name, values]) => [name, values.length === 1 ? values[0] : values] as const);
  return { ...Object.fromEntries(single), Authorization: `Bearer ${runToken}`, 'Proxy-Authorization': `Bearer ${runToken}` };
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: RelayOptions,
  onData: () => void,
  onAnswer: (answer: IncomingMessage) => void,
): Promise<void> {
  const headers = relayedHeaders(incoming, options.runToken);
  const socket = await connectDoor(options.doorSocket);
  if (!socket) return refuse(outgoing, 502, 'gateway-unreachable');
  // The agent hung up while the gateway was away.
  if (outgoing.destroyed) return void socket.destroy();
  const door = ask(socket, { method: incoming.method, path: incoming.url, headers, setHost: false });
  door.on('response', (answer) => {
    onAnswer(answer);
    if (incoming.url?.startsWith('http://') && answer.statusCode === 403) emitRefused(incoming.url, '', options.emit);
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
    answer.on('aborted', () => outgoing.destroy());
  });
  door.on('error', () => (outgoing.headersSent ? outgoing.destroy() : refuse(outgoing, 502, 'gateway-unreachable')));
  // The agent hung up (interrupt): the model call behind it must end too.
  outgoing.on('close', () => door.destroy());
  incoming.on('error', () => door.destroy());
  incoming.on('data', onData);
  incoming.pipe(door);
}

/** A request over a connection to the door, which ends with a request that cannot be made. */
function ask(socket: Socket, options: RequestOptions): ClientRequest {
  try {
    return request({ ...options, createConnection: () => socket });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer, options: RelayOptions): Promise<void> {
  client.on('error', () => client.destroy());
  const socket = await connectDoor(options.doorSocket);
  if (!socket) {
    client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  const headers = { Host: incoming.url ?? '', 'Proxy-Authorization': `Bearer ${options.runToken}` };
  const door = ask(socket, { method: 'CONNECT', path: incoming.url, headers });
  door.on('connect', (answer, upstream: Duplex, rest) => {
    if (answer.statusCode === 200) {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      if (rest.length > 0) client.write(rest);
      upstream.pipe(client).pipe(upstream);
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      return;
    }
    refuseTunnel(incoming.url ?? '', answer, upstream, rest, client, options.emit).catch(() => client.destroy());
  });
  door.on('error', () => client.destroy());
  door.end();
}

/** Looks at the beginning of an error's body while it passes. */
async function readRefusal(answer: IncomingMessage): Promise<string> {
  let body = '';
  answer.on('data', (chunk: Buffer) => {
    if (body.length < maxRefusalBytes) body += chunk.toString('utf8');
  });
  await new Promise((resolve) => answer.once('close', resolve));
  return body;
}

/** The parser hands the body of a refused CONNECT over unread: it is passed on, and its reason becomes an event. */
async function refuseTunnel(
  target: string,
  answer: IncomingMessage,
  upstream: Duplex,
  rest: Buffer,
  client: Duplex,
  emit: Emit,
): Promise<void> {
  const length = Math.min(Number(answer.headers['content-length'] ?? 0) || 0, maxRefusalBytes);
  let body = rest;
  upstream.on('error', () => upstream.destroy());
  if (body.length < length) {
    for await (const chunk of upstream as AsyncIterable<Buffer>) {
      body = Buffer.concat([body, chunk]);
      if (body.length >= length) break;
    }
  }
  upstream.destroy();
  if (answer.statusCode === 403) emitRefused(`http://${target}`, body.toString('utf8'), emit);
  client.end(
    `HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? 'Refused'}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString('utf8')}`,
  );
}

function emitRefused(url: string, body: string, emit: Emit): void {
  if (!URL.canParse(url)) return;
  const { hostname, port } = new URL(url);
  emit('egress.refused', { host: hostname, port: Number(port) || (url.startsWith('http://') ? 80 : 443), reason: parseRefusal(body) });
}
