import { join } from 'node:path';
import type { TailBatch } from '../../../port.ts';
import type { ExecPlace } from '../../exec-place/port.ts';
import { inside } from '../../host-folder/inside.ts';
import { reserveBytes, tampered, tooMuch } from '../../host-folder/tail.ts';
import type { DockerDaemon } from '../client.ts';
import { lifeOf } from '../containers.ts';
import { dockerFailure, statusOf } from '../failure.ts';
import { readInside } from './archive.ts';
import { linesFrom } from './lines.ts';
import { openExec } from './stream.ts';

/** A container as a place, by its id: another one of the same name is another place. */
export function containerPlace(daemon: DockerDaemon, id: string): ExecPlace {
  return {
    name: id,
    open: (argv) => openExec(daemon, id, argv),
    async state() {
      const life = await lifeOf(daemon, id);
      if (!life) return { status: 'gone', exitCode: null, reason: null };
      if (life.running) return { status: 'running', exitCode: null, reason: null };
      return { status: 'exited', exitCode: life.exitCode, reason: life.outOfMemory ? 'agent-memory' : null };
    },
    async awaitEnd(timeoutMs, signal) {
      try {
        const soon = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        await daemon.docker.getContainer(id).wait({ condition: 'not-running', abortSignal: soon });
        return true;
      } catch (error) {
        // Not yet, or nobody knows: whoever asks looks again.
        return statusOf(error) === 404;
      }
    },
    rest: (offset, outputBytes, signal) => restOf(daemon, id, { offset, outputBytes, signal }),
  };
}

interface RestWanted {
  offset: number;
  outputBytes: number;
  signal: AbortSignal;
}

/** The volumes of a container that ended are still there. */
async function* restOf(daemon: DockerDaemon, id: string, { offset, outputBytes, signal }: RestWanted): AsyncGenerator<TailBatch> {
  const accept = ({ isFile, sizeBytes }: { isFile: boolean; sizeBytes: number }): void => {
    if (!isFile) throw tampered('is no file');
    if (sizeBytes > outputBytes + reserveBytes) throw tooMuch(outputBytes);
  };
  try {
    const content = await readInside(daemon.docker.getContainer(id), join(inside.privateDir, 'events.jsonl'), { accept, signal });
    if (content) yield* linesFrom(content, offset, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw dockerFailure('watch', error, daemon.address);
  }
}
