import { join } from 'node:path';
import type { TailBatch } from '../../../port.ts';
import type { ExecPlace } from '../../exec-place/port.ts';
import { inside } from '../../host-folder/inside.ts';
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
    rest: (offset) => restOf(daemon, id, offset),
  };
}

/** The volumes of a container that ended are still there. */
async function* restOf(daemon: DockerDaemon, id: string, offset: number): AsyncGenerator<TailBatch> {
  try {
    const content = await readInside(daemon.docker.getContainer(id), join(inside.privateDir, 'events.jsonl'));
    if (content) yield* linesFrom(content, offset);
  } catch (error) {
    throw dockerFailure('watch', error, daemon.address);
  }
}
