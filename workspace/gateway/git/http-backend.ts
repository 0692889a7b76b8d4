import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { findEndOfHeaders, parseCgiHeaders } from './cgi.ts';
import { defaultSearchPath, gitEnvironment } from './git-environment.ts';
import type { GitConfig } from './git-environment.ts';
import { runRefs } from './names.ts';
import { stopGroup } from './run-git.ts';

export interface GitHttpOptions {
  /** The run's bare repository. */
  repositoryPath: string;
  /** Nothing may be pushed at all. */
  readOnly?: boolean;
  /** Most bytes of a pushed pack. */
  maxInputBytes: number;
  /** Most time for one exchange; default 15 minutes. */
  timeoutMs?: number;
  searchPath?: string;
  /** What git complained about, for the log. */
  onError?: (message: string) => void;
}

const services = new Set(['git-upload-pack', 'git-receive-pack']);
const stderrCapBytes = 16 * 1024;
const headerCapBytes = 64 * 1024;

/**
 * Serves one exchange of git's smart HTTP protocol (gitprotocol-http(5)) from a run's repository; the caller has checked whose
 * request it is. Everything may be fetched; pushed may be only `astraforge/turn` and `astraforge/save`. The pack is read by a
 * child with an empty environment, checked object by object. Resolves when the answer was sent or the client is gone.
 */
export function handleGitHttp(request: IncomingMessage, response: ServerResponse, options: GitHttpOptions): Promise<void> {
  const route = parseRoute(request);
  if (route === null || (options.readOnly && route.service !== 'git-upload-pack')) {
    request.resume();
    return answer(response, 404, 'not found: this is the smart HTTP door of one git repository');
  }
  // It hung up while its repository was made ready.
  if (response.closed) return Promise.resolve();
  return runBackend(request, response, { ...options, route });
}

interface Route {
  service: string;
  pathInfo: string;
  query: string;
}

/** Only the three exchanges of the smart protocol; the dumb one would read files. */
function parseRoute(request: IncomingMessage): Route | null {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  if (request.method === 'GET' && path.endsWith('/info/refs')) {
    const service = new URLSearchParams(query).get('service');
    return service !== null && services.has(service) ? { service, pathInfo: '/info/refs', query: `service=${service}` } : null;
  }
  const service = path.slice(path.lastIndexOf('/') + 1);
  return request.method === 'POST' && services.has(service) ? { service, pathInfo: `/${service}`, query: '' } : null;
}

/** What a workspace may do with its run's repository. */
function doorConfig(maxInputBytes: number): GitConfig {
  return [
    ['http.getanyfile', 'false'],
    ['http.uploadpack', 'true'],
    ['http.receivepack', 'true'],
    ['http.maxRequestBuffer', '64m'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['receive.hideRefs', 'refs/'],
    ['receive.hideRefs', `!${runRefs.turn}`],
    ['receive.hideRefs', `!${runRefs.save}`],
    ['receive.denyDeletes', 'true'],
    ['receive.denyNonFastForwards', 'false'],
    ['receive.denyCurrentBranch', 'ignore'],
    ['receive.advertisePushOptions', 'false'],
    ['receive.maxInputSize', String(maxInputBytes)],
    ['transfer.fsckObjects', 'true'],
    // Wrong in many old histories and without effect here: the workspace alone checks files out.
    ['receive.fsck.missingSpaceBeforeDate', 'warn'],
    ['receive.fsck.zeroPaddedFilemode', 'warn'],
  ];
}

function backendEnvironment(request: IncomingMessage, options: GitHttpOptions & { route: Route }): Record<string, string> {
  const { headers } = request;
  const protocol = headers['git-protocol'];
  return gitEnvironment(options.searchPath ?? defaultSearchPath, doorConfig(options.maxInputBytes), {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REQUEST_METHOD: request.method ?? 'GET',
    GIT_PROJECT_ROOT: options.repositoryPath,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: options.route.pathInfo,
    QUERY_STRING: options.route.query,
    REMOTE_ADDR: '127.0.0.1',
    ...(headers['content-type'] ? { CONTENT_TYPE: headers['content-type'] } : {}),
    ...(/^\d{1,15}$/.test(headers['content-length'] ?? '') ? { CONTENT_LENGTH: headers['content-length'] ?? '' } : {}),
    ...(headers['content-encoding'] === 'gzip' ? { HTTP_CONTENT_ENCODING: 'gzip' } : {}),
    ...(typeof protocol === 'string' && /^version=[0-2]$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
  });
}

function runBackend(request: IncomingMessage, response: ServerResponse, options: GitHttpOptions & { route: Route }): Promise<void> {
  return new Promise((resolve) => {
    // A machine without a free file descriptor has no streams to give either: then `error` follows, and `close` may not.
    const child: ChildProcess = spawn('git', ['http-backend'], {
      cwd: '/',
      env: backendEnvironment(request, options),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const timer = setTimeout(stop, options.timeoutMs ?? 15 * 60_000);
    let complaints = '';
    let isOver = false;
    child.on('error', (error) => {
      complaints += messageOf(error);
      if (child.pid === undefined) end(null);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (complaints.length < stderrCapBytes) complaints += chunk.toString('utf8');
    });
    // Git may answer before it has read everything; then the rest of the body has no reader.
    child.stdin?.on('error', () => undefined);
    request.on('error', stop);
    response.on('close', () => {
      if (!response.writableFinished) stop();
    });
    if (child.stdin) request.pipe(child.stdin);
    relayAnswer(child, response);
    child.on('close', end);

    function stop(): void {
      if (!isOver) stopGroup(child);
    }

    function end(code: number | null): void {
      isOver = true;
      clearTimeout(timer);
      if (code !== 0 || complaints !== '') options.onError?.(complaints.trim() || `git http-backend ended with ${code}`);
      request.unpipe();
      request.resume();
      if (response.headersSent && code !== 0) response.destroy();
      void answer(response, 500, 'git could not serve this').then(resolve);
    }
  });
}

/** Reads the CGI header of the child's answer, then passes its bytes on at the client's pace. */
function relayAnswer(child: ChildProcess, response: ServerResponse): void {
  const { stdout } = child;
  if (!stdout) return;
  let head = Buffer.alloc(0);

  function onHead(chunk: Buffer): void {
    head = Buffer.concat([head, chunk]);
    const end = findEndOfHeaders(head);
    if (end === null) {
      if (head.length > headerCapBytes) stopGroup(child);
      return;
    }
    stdout?.off('data', onHead);
    // Nobody takes the rest; a child whose answer is not read to its end never closes.
    if (response.closed) {
      stdout?.resume();
      return;
    }
    const { status, headers } = parseCgiHeaders(head.subarray(0, end.headers).toString('latin1'));
    response.writeHead(status, headers);
    response.write(head.subarray(end.body));
    stdout?.pipe(response);
  }

  stdout.on('data', onHead);
}

/** Ends a response that nobody has ended; resolves when it is closed or flushed. */
function answer(response: ServerResponse, status: number, message: string): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed || response.writableFinished) return resolve();
    response.once('close', () => resolve());
    if (response.headersSent) {
      response.end();
      return;
    }
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${message}\n`);
  });
}
