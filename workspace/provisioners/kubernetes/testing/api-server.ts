import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { openCluster } from '../client.ts';
import type { Cluster } from '../client.ts';

/**
 * An API server that answers what a test says, and a client of it. With `hangingStreams` each exec stream is opened, and nothing ever
 * comes of it; else they are refused.
 */
export async function startApiServer(
  answer: RequestListener,
  { hangingStreams = false } = {},
): Promise<{ cluster: Cluster; close(): Promise<void> }> {
  const server = createServer(answer);
  const streams: Duplex[] = [];
  if (hangingStreams)
    server.on('upgrade', (request, socket) => {
      streams.push(socket);
      socket.on('error', () => undefined);
      socket.write(acceptance(request));
    });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'af-pods-'));
  const kubeconfig = join(folder, 'config');
  // Without TLS the client asks for this word.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return {
    cluster: openCluster({ kubeconfig, namespace: 'x' }),
    async close() {
      for (const stream of streams) stream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Accepts a WebSocket (RFC 6455, 4.2.2). */
function acceptance({ headers }: IncomingMessage): string {
  const key = createHash('sha1')
    .update(`${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const protocol = String(headers['sec-websocket-protocol'] ?? '').split(',')[0] ?? '';
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${key}`];
  return [...lines, `Sec-WebSocket-Protocol: ${protocol}`, '', ''].join('\r\n');
}
