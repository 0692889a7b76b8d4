import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from './client.ts';
import { awaitPod, removePod } from './pods.ts';
import { startApiServer } from './testing/api-server.ts';

let close: () => Promise<void>;
let cluster: Cluster;
let looks: number;
let watches: ServerResponse[];
let onWatch: (() => void) | null;
/** Status by which watches are refused; 200: they are not. */
let watchStatus: number;
/** What the Pod is like once its removal was asked for, and how often and in which words that was. */
let removed: object;
let removals: string[];

// An API server with one Pod: it says what is asked, and counts how often it is.
beforeEach(async () => {
  [looks, watches, onWatch, removals, watchStatus] = [0, [], null, [], 200];
  ({ cluster, close } = await startApiServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'DELETE') {
      removals.push(request.url ?? '');
      return void response.end(JSON.stringify({ ...pod('Running', 8), ...removed }));
    }
    if (!request.url?.includes('watch=true')) {
      looks += 1;
      return void response.end(JSON.stringify(pod('Pending', 7)));
    }
    watches.push(response);
    if (watchStatus !== 200) return void response.writeHead(watchStatus).end();
    response.flushHeaders();
    onWatch?.();
  }));
});

afterEach(() => close());

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

  it('is asked for a few times a second at most where watches are refused', async () => {
    watchStatus = 429;

    expect(await awaitPod(cluster, 'p', () => undefined, { timeoutMs: 1_500 })).toBeNull();

    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThan(8);
  });

  it('is known to be gone by the word of its watch', async () => {
    onWatch = () => setTimeout(() => send('DELETED', 'Pending', 8), 50);

    expect(await awaitPod(cluster, 'p', (seen) => (seen === null ? 'gone' : undefined), { timeoutMs: 8_000 })).toBe('gone');
    expect(looks).toBe(1);
  });
});

describe('a Pod that is removed', () => {
  const asked = () => ({ name: 'p', resourceVersion: '8', deletionTimestamp: new Date().toISOString() });

  it('is awaited until its node says that it is gone', async () => {
    removed = { metadata: asked() };
    onWatch = () => setTimeout(() => send('DELETED', 'Running', 9), 50);

    expect(await removePod(cluster, 'p')).toBe(true);
  });

  it('is left, and never forced, where its node is lost', async () => {
    const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }];
    removed = { metadata: asked(), status: { phase: 'Running', conditions } };
    const beganMs = Date.now();

    expect(await removePod(cluster, 'p')).toBe(false);

    expect(Date.now() - beganMs).toBeLessThan(10_000);
    expect(removals).toEqual(['/api/v1/namespaces/x/pods/p']);
  }, 20_000);
});
