import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../../config/logger.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { incoming } from '../../supervisor/pod/objects.ts';
import { listObjects } from '../host-folder/objects.ts';
import type { Cluster } from './client.ts';
import { containers, podPaths } from './layout.ts';
import { openStream } from './stream.ts';

const longestMs = 5 * 60_000;

/**
 * Puts the objects that a run's repository reads into a folder of its Pod, as they are and through one stream, so that a history is
 * neither packed again nor carried by the door. Answers that folder's name below the objects folder; null when they did not come whole
 * (or there are more than `maxBytes`): they are fetched through the door. Never fails.
 */
export async function sendObjects(input: {
  cluster: Cluster;
  pod: string;
  runsDir: string | undefined;
  runId: string;
  maxBytes: number;
  logger: Logger;
}): Promise<string | null> {
  const { cluster, pod, runsDir, runId, logger } = input;
  if (runsDir === undefined) return null;
  // Another process that makes this Pod anew meets nothing of what comes from here.
  const name = `${incoming}${randomBytes(8).toString('hex')}`;
  try {
    const objects = await listObjects(runsDir, runId);
    const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
    if (bytes > input.maxBytes) throw new Error(`they take ${bytes} bytes, and its disk has ${input.maxBytes}`);
    for (const [from, found] of Map.groupBy(objects, ({ folder }) => folder))
      await sendFiles(cluster, pod, { from, files: found.map((object) => object.name), to: join(podPaths.objectsDir, name) });
    return objects.length === 0 ? null : name;
  } catch (error) {
    logger.warn('a Pod starts without the objects of its run', { runId, pod, problem: messageOf(error) });
    return null;
  }
}

/** By a tar here and one there; whole only when both say so. */
async function sendFiles(cluster: Cluster, pod: string, { from, files, to }: { from: string; files: string[]; to: string }): Promise<void> {
  // A tar may end at the end of its archive: what is sent behind that must not meet a closed stream.
  const unpack = ['/bin/sh', '-c', 'mkdir -p "$0" && tar -x -f - -C "$0" && cat >/dev/null', to];
  const stream = await openStream(cluster, pod, containers.supervisor, unpack);
  const tar = spawn('tar', ['-c', '-f', '-', '-C', from, '-T', '-'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const packed = new Promise<string | null>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => resolve(code === 0 ? null : `tar ended with code ${code ?? 'none'}`));
  });
  const list = Readable.from(files.map((file) => `${file}\n`));
  stream.duplex.resume();
  const sent = Promise.all([packed, pipeline(list, tar.stdin), pipeline(tar.stdout, stream.duplex)]).then(
    ([problem]) => problem,
    (error: unknown) => {
      stream.close();
      return messageOf(error);
    },
  );
  const timer = setTimeout(stream.close, longestMs);
  // Always comes: of a stream without a sign of life, too.
  const unpacked = await stream.ended;
  clearTimeout(timer);
  if (unpacked.exitCode !== 0) tar.kill('SIGKILL');
  stream.close();
  const problem = await sent;
  if (unpacked.exitCode !== 0) throw new Error(`in the Pod: ${unpacked.stderr.trim() || (problem ?? 'the stream broke')}`);
  if (problem !== null) throw new Error(problem);
}
