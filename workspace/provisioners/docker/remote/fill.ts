import type Docker from 'dockerode';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SupervisorJob } from '../../../../workflows/contracts/supervisor.ts';
import type { Place } from '../../../supervisor/place.ts';
import { ownPaths } from '../../exec-place/layout.ts';
import { inside, insidePlace } from '../../host-folder/inside.ts';
import type { ObjectFile } from '../../host-folder/objects.ts';
import { fillVolume } from './archive.ts';
import { writeObjects } from './objects.ts';

type KernelCounters = Pick<Place['limits'], 'memoryEventsFile' | 'pidsEventsFile'>;

/** What a supervisor is told about its place in a container of its own files. */
export function ownPlace(programs: { codexPath: string; bwrapPath: string }, counters: KernelCounters): Place {
  const { memoryEventsFile, pidsEventsFile } = counters;
  return { ...insidePlace({ ...programs, memoryEventsFile, pidsEventsFile, disk: 'watch' }), doorSocket: ownPaths.doorSocket };
}

/** Puts the supervisor in, and what it reads before it has its token. No secret is in it. */
export function fillPrivate(
  container: Docker.Container,
  user: number,
  content: { bundlePath: string; place: Place; job: SupervisorJob | null },
): Promise<void> {
  return fillVolume(container, inside.privateDir, user, async (archive) => {
    await archive.folder('inbox');
    await archive.file(basename(ownPaths.supervisor), await readFile(content.bundlePath));
    await archive.file('place.json', JSON.stringify(content.place));
    if (content.job) await archive.file('job.json', JSON.stringify(content.job));
  });
}

/** Gives an empty volume to whoever writes in it. */
export function fillPlain(container: Docker.Container, folder: string, user: number): Promise<void> {
  return fillVolume(container, folder, user, () => Promise.resolve());
}

/** Puts the objects of a run where git looks for them. Rejects when they did not come whole. */
export function fillGit(container: Docker.Container, user: number, objects: readonly ObjectFile[]): Promise<void> {
  return fillVolume(container, inside.gitDir, user, (archive) => writeObjects(archive, objects));
}
