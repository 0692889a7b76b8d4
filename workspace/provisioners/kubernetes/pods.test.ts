import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCluster } from './client.ts';
import type { Cluster } from './client.ts';
import { awaitPod } from './pods.ts';

let server: Server;
let folder: string;
let cluster: Cluster;
let looks: number;
let watches: ServerResponse[];
let onWatch: (() => void) | null;

// An API server with one Pod: it says what is asked, and counts how often it is.
beforeEach(async () => {
  [looks, watches, onWatch] = [0, [], null];
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (!request.url?.includes('watch=true')) {
      looks += 1;
      return void response.end(JSON.stringify(pod('Pending', 7)));
    }
    watches.push(response);
    response.flushHeaders();
    onWatch?.();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(join(tmpdir(), 'af-pods-'));
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
  cluster = openCluster({ kubeconfig, namespace: 'x' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function pod(phase: string, version: number) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', resourceVersion: String(version) }, status: { phase } };
}

function send(type: string, phase: string, version: number): void {
  watches.at(-1)?.write(`${JSON.stringify({ type, object: pod(phase, version) })}\n`);
}

describe('a Pod that is awaited', () => {
  const until = (phase: string) =>
    awaitPod(cluster, 'p', (seen) => (seen?.status?.phase === phase ? phase : undefined), { timeoutMs: 8_000 });

  it('is looked at once and watched from there: no look is repeated while nothing happens', async () => {
    onWatch = () => {
      setTimeout(() => send('MODIFIED', 'Pending', 8), 100);
      setTimeout(() => send('MODIFIED', 'Running', 9), 1_500);
    };

    expect(await until('Running')).toBe('Running');

    expect(looks).toBe(1);
    expect(watches).toHaveLength(1);
  });

  it('is looked at again, and watched from there, when its watch breaks', async () => {
    onWatch = () => {
      if (watches.length === 1) setTimeout(() => watches[0]?.destroy(), 50);
      else setTimeout(() => send('MODIFIED', 'Running', 9), 50);
    };

    expect(await until('Running')).toBe('Running');

    expect(looks).toBe(2);
  });

  it('is known to be gone by the word of its watch', async () => {
    onWatch = () => setTimeout(() => send('DELETED', 'Pending', 8), 50);

    expect(await awaitPod(cluster, 'p', (seen) => (seen === null ? 'gone' : undefined), { timeoutMs: 8_000 })).toBe('gone');
    expect(looks).toBe(1);
  });
});
