import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from '../../../../config/logger.ts';
import { messageOf } from '../../../../workflows/contracts/errors.ts';
import { listObjects } from '../../host-folder/objects.ts';
import type { ObjectFile } from '../../host-folder/objects.ts';
import type { ArchiveWriter } from './archive.ts';

/**
 * What a run's repository reads, as files of this machine: none where it is elsewhere, or is more than `maxBytes`, which is logged. Never
 * fails: what is not listed is fetched through the door.
 */
export async function objectsOf(input: {
  runsDir: string | undefined;
  runId: string;
  maxBytes: number;
  logger: Logger;
}): Promise<ObjectFile[]> {
  const { runsDir, runId, maxBytes, logger } = input;
  if (runsDir === undefined) return [];
  try {
    // The same object may be in a run's repository and in its mirror.
    const found = new Map((await listObjects(runsDir, runId)).map((file) => [file.name, file]));
    const bytes = [...found.values()].reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > maxBytes) throw new Error(`they take ${bytes} bytes, and its disk has ${maxBytes}`);
    return [...found.values()];
  } catch (error) {
    logger.warn('a container starts without the objects of its run', { runId, problem: messageOf(error) });
    return [];
  }
}

/** Puts them into the objects folder of a git folder. Rejects when one went away or changed meanwhile. */
export async function writeObjects(archive: ArchiveWriter, files: readonly ObjectFile[]): Promise<void> {
  const made = new Set<string>();
  for (const { folder, name, bytes } of files) {
    for (const parent of ['objects', join('objects', dirname(name))])
      if (!made.has(parent)) {
        made.add(parent);
        await archive.folder(parent);
      }
    await archive.stream(join('objects', name), bytes, contentOf(join(folder, name)));
  }
}

/** Opened when it is read: a daemon that has refused takes no more. */
async function* contentOf(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path);
}
