import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
  json(): unknown;
}

export interface Call {
  method?: string;
  path: string;
  token?: string | null;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
}

/** Opens a request over a Unix socket; resolves with the answer's head. */
export function open(socketPath: string, call: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const authorization = call.token ? { authorization: `Bearer ${call.token}` } : {};
    const request = http.request({
      socketPath,
      method: call.method ?? 'GET',
      path: call.path,
      signal: call.signal,
      agent: false,
      headers: { ...authorization, ...call.headers },
    });
    request.on('error', reject);
    request.on('response', resolve);
    request.end(call.body);
  });
}

/** A whole exchange over a Unix socket. */
export async function exchange(socketPath: string, call: Call): Promise<Answer> {
  const response = await open(socketPath, call);
  const bytes = await buffer(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text: bytes.toString('utf8'),
    json: () => JSON.parse(bytes.toString('utf8')) as unknown,
  };
}

/** Sends raw bytes after a CONNECT and half-closes; answers all that came back. */
export function tunnel(socketPath: string, target: string, token: string | null, payload = ''): Promise<string> {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  const credential = token === null ? '' : `proxy-authorization: Bearer ${token}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${credential}\r\n`);
  if (payload !== '') socket.write(payload);
  return text(socket);
}
