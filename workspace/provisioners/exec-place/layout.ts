import { join } from 'node:path';
import { inside } from '../host-folder/inside.ts';

/** Where things are in a place that shares no file with this machine, beside what is the same in every sandbox. */
export const ownPaths = {
  supervisor: join(inside.privateDir, 'supervisor.mjs'),
  doorSocket: join(inside.privateDir, 'door.sock'),
  objectsDir: join(inside.gitDir, 'objects'),
} as const;
