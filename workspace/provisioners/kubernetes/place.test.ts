import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { startApiServer } from './testing/api-server.ts';
import { openExecWorkspace } from '../exec-place/workspace.ts';
import { podPlace } from './place.ts';
import type { Cluster } from './client.ts';

const metadata = { name: 'p', resourceVersion: '7' };
const running = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata },
  ...{ spec: { nodeName: 'n1', containers: [] }, status: { phase: 'Running' } },
};

/** Answers with the Pod of this moment; what becomes of a watch is the test's to say. */
function podAnswers(now: () => object, onWatch: (say: (pod: object) => void, end: () => void) => void): RequestListener {
  return (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (!request.url?.includes('watch=true')) return void response.end(JSON.stringify(now()));
    response.flushHeaders();
    onWatch(
      (object) => response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`),
      () => response.end(),
    );
  };
}

describe('a workspace whose node does not answer', () => {
  const open = (cluster: Cluster, patienceMs: number) =>
    openExecWorkspace(podPlace(cluster, 'p', patienceMs), { workspaceId: 'w', outputBytes: 1024 })
      .tail(0, new AbortController().signal)
      [Symbol.asyncIterator]();

  it('is waited for, and then told by the name of the node and what to do', async () => {
    const { cluster, close } = await startApiServer(
      podAnswers(
        () => running,
        (_, end) => end(),
      ),
    );
    const patienceMs = 1_000;
    const beganMs = Date.now();

    const tailed = open(cluster, patienceMs).next();

    const message = expect.stringMatching(/the node n1 .* does not answer .*retry/);
    await expect(tailed).rejects.toMatchObject({ code: 'place-unreachable', message });
    expect(Date.now() - beganMs).toBeGreaterThanOrEqual(patienceMs);
    await close();
  });

  it('is over once its Pod was given up, although the stream out of it hangs', async () => {
    let pod: object = running;
    const { cluster, close } = await startApiServer(
      podAnswers(
        () => pod,
        (say) =>
          setTimeout(() => {
            pod = { ...running, metadata: { ...metadata, resourceVersion: '8', deletionTimestamp: new Date().toISOString() } };
            say(pod);
          }, 200),
      ),
      { hangingStreams: true },
    );

    expect(await open(cluster, 600_000).next()).toMatchObject({ done: true });
    await close();
  }, 30_000);
});
