import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setupSnapshotsPath } from '../../workflows/contracts/setup-snapshot.ts';

/** One item of a model's answer: words, a shell command, or a question to the user. */
export type ModelItem =
  | { say: string }
  | { run: string }
  | { ask: { id: string; header: string; question: string; options: { label: string; description: string }[] }[] };

/** What the model server is asked: the whole conversation, as Codex sends it. */
export interface ModelCall {
  model: string;
  /** Every text and tool output of the conversation, in order. */
  texts: string[];
  body: unknown;
  /** Counts from 1 over the life of the door. */
  ordinal: number;
}

/** Answers one model call; `null` keeps it open until the caller hangs up. */
export type ModelScript = (
  call: ModelCall,
) => Promise<ModelItem[] | { status: number; body: unknown } | null> | ModelItem[] | { status: number; body: unknown } | null;

export interface TestDoor {
  socketPath: string;
  runToken: string;
  /** Bare repository that workspaces clone from and push to. */
  repository: string;
  /** Hosts (`host:port`) that CONNECT may reach; all else is 403. */
  allow: Set<string>;
  /** Serves CONNECT in place of the stand-in, as the gateway's own egress does. */
  egress: ((request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>) | null;
  artifacts: Map<string, Uint8Array>;
  /** What setups made, by key; taken once each, as by the gateway. */
  snapshots: Map<string, Buffer>;
  /** What the gateway says of a commit's submodules. */
  submodules: { name: string; path: string; url: string | null; reason: string | null }[];
  /** What the gateway answers checks that ask for the project's secrets. */
  secrets: { status: number; body: unknown };
  /** Requests with a wrong or missing token. */
  unauthorized: string[];
  calls: ModelCall[];
  model(script: ModelScript): void;
  git(...args: string[]): string;
  /** Commits files (and submodules, by path and commit) on top of `main` and answers the commit. */
  commit(files: Record<string, string>, submodules?: Record<string, string>): string;
  /** Closes the socket, as a killed gateway does, until `restart`. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A small stand-in of the gateway's door for tests of workspaces: git over HTTP, files, CONNECT, and a scripted model. */
export async function startTestDoor(): Promise<TestDoor> {
  const folder = mkdtempSync(join(tmpdir(), 'af-door-'));
  const repository = join(folder, 'run.git');
  const work = join(folder, 'work');
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@localhost',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@localhost',
  };
  const git = (cwd: string, args: string[]) =>
    execFileSync('git', args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 ** 2 })
      .toString()
      .trim();
  mkdirSync(work);
  git(folder, ['init', '-q', '--bare', '-b', 'main', repository]);
  git(repository, ['config', 'http.receivepack', 'true']);
  git(repository, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  git(work, ['init', '-q', '-b', 'main']);

  const state = { script: (() => [{ say: 'Nothing to do.' }]) as ModelScript };
  const door: TestDoor = {
    socketPath: join(folder, 'sockets', 'door.sock'),
    runToken: `test-token-${randomUUID()}`,
    repository,
    allow: new Set(),
    egress: null,
    artifacts: new Map(),
    snapshots: new Map(),
    submodules: [],
    secrets: { status: 200, body: { secrets: [] } },
    unauthorized: [],
    calls: [],
    model(script) {
      state.script = script;
    },
    git: (...args) => git(repository, args),
    commit(files, submodules = {}) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(work, path)), { recursive: true });
        writeFileSync(join(work, path), content);
      }
      git(work, ['add', '-A']);
      for (const [path, id] of Object.entries(submodules)) git(work, ['update-index', '--add', '--cacheinfo', `160000,${id},${path}`]);
      git(work, ['commit', '-q', '--allow-empty', '-m', 'test: files']);
      git(work, ['push', '-q', repository, 'HEAD:refs/heads/main']);
      return git(work, ['rev-parse', 'HEAD']);
    },
    stop: () => stopServer(server),
    async restart() {
      server = await listen(door, () => state.script, environment);
    },
    async close() {
      await stopServer(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  mkdirSync(dirname(door.socketPath), { mode: 0o700 });
  let server = await listen(door, () => state.script, environment);
  return door;
}

async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function listen(door: TestDoor, script: () => ModelScript, environment: Record<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const authorized = request.headers.authorization === `Bearer ${door.runToken}`;
    if (!authorized) {
      door.unauthorized.push(request.url ?? '');
      response.writeHead(401).end();
      return;
    }
    const { pathname } = new URL(request.url ?? '/', 'http://door');
    if (pathname === '/git/run.git/submodules') return void response.end(JSON.stringify({ submodules: door.submodules }));
    if (pathname === '/secrets/checks') return void response.writeHead(door.secrets.status).end(JSON.stringify(door.secrets.body));
    if (pathname.startsWith('/git/')) return serveGit(door, environment, request, response);
    if (pathname.startsWith(setupSnapshotsPath)) return void serveSnapshots(door, pathname, request, response);
    if (pathname.startsWith('/files/')) return void serveFiles(door, pathname, request, response);
    if (pathname === '/v1/responses') return void serveModel(door, script(), request, response);
    response.writeHead(404).end();
  });
  server.on('connect', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const target = request.url ?? '';
    const authorized = request.headers['proxy-authorization'] === `Bearer ${door.runToken}`;
    if (authorized && door.egress !== null) return void door.egress(request, socket, head);
    if (!authorized || !door.allow.has(target)) {
      const body = JSON.stringify({ code: 'egress-refused', host: target, reason: 'not on the allowlist' });
      socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      return;
    }
    const [host = '', port = ''] = target.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
  });
  rmSync(door.socketPath, { force: true });
  await new Promise<void>((resolve) => server.listen(door.socketPath, resolve));
  return server;
}

function serveGit(door: TestDoor, environment: Record<string, string>, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://door');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...environment,
      GIT_PROJECT_ROOT: dirname(door.repository),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname.replace(/^\/git/, ''),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
      REMOTE_USER: 'run',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head: Buffer | null = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (!head) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = null;
  });
  child.on('close', () => response.end());
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function serveFiles(door: TestDoor, pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (pathname === '/files/session' && request.method === 'PUT') {
    const artifactId = randomUUID();
    door.artifacts.set(artifactId, await readAll(request));
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ artifactId }));
    return;
  }
  const found = door.artifacts.get(pathname.replace('/files/artifacts/', ''));
  if (found && request.method === 'GET') response.writeHead(200).end(found);
  else response.writeHead(404).end();
}

async function serveSnapshots(door: TestDoor, pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = pathname.slice(setupSnapshotsPath.length);
  const found = door.snapshots.get(key);
  if (request.method === 'PUT') {
    const content = await readAll(request).catch(() => null);
    if (content && !found) door.snapshots.set(key, content);
    response.writeHead(found ? 200 : 201).end('{}');
    return;
  }
  if (request.method === 'DELETE') {
    door.snapshots.delete(key);
    response.writeHead(204).end();
    return;
  }
  if (found) response.writeHead(200).end(found);
  else response.writeHead(404).end();
}

async function serveModel(door: TestDoor, script: ModelScript, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = await readAll(request).catch(() => null);
  if (!raw) return;
  const body = JSON.parse(raw.toString()) as { model: string; input: unknown };
  const call: ModelCall = { model: body.model, texts: textsOf(body.input), body, ordinal: door.calls.length + 1 };
  door.calls.push(call);
  response.on('error', () => undefined);
  const answer = await script(call);
  if (answer === null || response.destroyed) return;
  if (!Array.isArray(answer)) {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: object) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const id = `resp_${call.ordinal}`;
  send('response.created', { response: { id } });
  for (const [at, item] of answer.entries()) sendItem(send, `${id}_${at}`, item);
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 10 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 120,
  };
  send('response.completed', { response: { id, usage } });
  response.end();
}

function sendItem(send: (type: string, data: object) => void, id: string, item: ModelItem): void {
  if ('say' in item) {
    const message = { type: 'message', role: 'assistant', id: `msg_${id}`, content: [{ type: 'output_text', text: item.say }] };
    send('response.output_item.added', { item: { ...message, content: [] } });
    for (const piece of item.say.match(/.{1,12}/gsu) ?? []) send('response.output_text.delta', { delta: piece });
    send('response.output_item.done', { item: message });
    return;
  }
  const call =
    'run' in item
      ? { name: 'exec_command', arguments: { cmd: item.run, yield_time_ms: 10_000 } }
      : { name: 'request_user_input', arguments: { questions: item.ask } };
  send('response.output_item.done', {
    item: { type: 'function_call', call_id: `call_${id}`, name: call.name, arguments: JSON.stringify(call.arguments) },
  });
}

/** Every string that a person, a tool or the model wrote in Codex's `input`. */
function textsOf(input: unknown): string[] {
  if (!Array.isArray(input)) return [];
  return input.flatMap((item: { content?: unknown; output?: unknown; arguments?: unknown }) => {
    const content = Array.isArray(item.content) ? item.content.map((part: { text?: unknown }) => part.text) : [];
    return [...content, item.output, item.arguments].filter((text): text is string => typeof text === 'string');
  });
}
