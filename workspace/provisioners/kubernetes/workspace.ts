import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';
import type { TailBatch, Workspace, WorkspaceState } from '../../port.ts';
import { isAway } from '../../away.ts';
import { TailFrame } from '../../supervisor/pod/answer.ts';
import { inside } from '../host-folder/inside.ts';
import type { Cluster } from './client.ts';
import { stateOf } from './judge.ts';
import { containers, podPaths } from './layout.ts';
import { awaitPod, readPod } from './pods.ts';
import { openStream, runInPod } from './stream.ts';

const retryMs = 300;
/** How long streams may fail in a row, in a Pod that runs, before whoever uses them is told. */
const awayMs = 30_000;

/** A workspace in a Pod: every word of it passes through the API server, and any process may hold one at the same time as others. */
export function openPod(options: { cluster: Cluster; pod: string; workspaceId: string; outputBytes: number }): Workspace {
  const { cluster, pod, workspaceId } = options;
  let last: Promise<void> = Promise.resolve();
  const state = async (): Promise<WorkspaceState> => stateOf(await readPod(cluster, pod));

  async function put(message: SupervisorCommand): Promise<void> {
    const patience = createPatience();
    for (;;) {
      const place = await stateOrAway(state);
      if (!(place instanceof DomainError) && place.status !== 'running')
        throw new DomainError(
          'transient',
          'place-lost',
          `deliver: workspace ${workspaceId} is gone; the next attempt resumes the last save`,
        );
      // A repeated delivery is harmless: one whose answer was lost is made again.
      const failure = place instanceof DomainError ? place : await deliverOnce(cluster, pod, message);
      if (failure === null) return;
      await patience.wait(failure);
    }
  }

  return {
    workspaceId,
    deliver(message) {
      const next = last.then(() => put(message));
      last = next.catch(() => undefined);
      return next;
    },
    tail: (offset, signal) => tailPod(options, offset, signal, state),
    state,
  };
}

/** Null when the command lies in the inbox; else why that is not known. */
async function deliverOnce(cluster: Cluster, pod: string, message: SupervisorCommand): Promise<DomainError | null> {
  try {
    const argv = [inside.node, podPaths.supervisor, '--deliver', inside.privateDir];
    const { stdout, stderr } = await runInPod(cluster, pod, containers.supervisor, argv, JSON.stringify(message));
    if (stdout === 'taken\n') return null;
    return new DomainError(
      'transient',
      'kubernetes-stream',
      `deliver: the supervisor did not take the message: ${stderr.trim() || 'no answer'}`,
    );
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** Lets failures pass for a while, not for ever. */
function createPatience(): { wait(failure: DomainError): Promise<void>; reset(): void } {
  let sinceMs: number | null = null;
  return {
    reset() {
      sinceMs = null;
    },
    async wait(failure) {
      sinceMs ??= Date.now();
      if (Date.now() - sinceMs > awayMs) throw failure;
      await sleep(retryMs);
    },
  };
}

/** Where it stands; the failure when its API server is away. */
async function stateOrAway(state: () => Promise<WorkspaceState>): Promise<WorkspaceState | DomainError> {
  try {
    return await state();
  } catch (error) {
    if (isAway(error)) return error;
    throw error;
  }
}

interface TailOptions {
  cluster: Cluster;
  pod: string;
  outputBytes: number;
}

/** Reads through one stream after the other, each from where the last one broke. */
async function* tailPod(
  options: TailOptions,
  from: number,
  signal: AbortSignal,
  state: () => Promise<WorkspaceState>,
): AsyncGenerator<TailBatch> {
  const { cluster, pod } = options;
  const patience = createPatience();
  let offset = from;
  while (!signal.aborted) {
    let failure = new DomainError('transient', 'kubernetes-stream', `watch: the stream out of ${pod} broke`);
    try {
      for await (const batch of tailOnce(options, offset, signal)) {
        patience.reset();
        offset = batch.endOffset;
        yield batch;
      }
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'kubernetes-stream') throw error;
      failure = error;
    }
    if (signal.aborted) return;
    const place = await stateOrAway(state);
    if (place instanceof DomainError) {
      await patience.wait(place);
      continue;
    }
    if (place.status !== 'running') return;
    // The node may have ended it and not said so yet: its word is waited for, rather than asked for again and again.
    const over = await awaitPod(cluster, pod, (now) => (stateOf(now).status === 'running' ? undefined : true), {
      timeoutMs: retryMs,
      signal,
    });
    if (over) return;
    await patience.wait(failure);
  }
}

async function* tailOnce({ cluster, pod, outputBytes }: TailOptions, offset: number, signal: AbortSignal): AsyncGenerator<TailBatch> {
  const argv = [inside.node, podPaths.supervisor, '--tail', inside.privateDir, String(offset), String(outputBytes)];
  const stream = await openStream(cluster, pod, containers.supervisor, argv);
  signal.addEventListener('abort', stream.close);
  try {
    if (signal.aborted) return;
    for await (const line of createInterface({ input: stream.duplex })) {
      if (signal.aborted) return;
      const frame = parseFrame(line);
      // The connection broke in the middle of a line.
      if (!frame) return;
      if ('code' in frame) throw new DomainError('permanent', frame.code, frame.message);
      yield frame;
    }
  } finally {
    signal.removeEventListener('abort', stream.close);
    stream.close();
  }
}

function parseFrame(line: string): TailFrame | null {
  try {
    return TailFrame.parse(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
