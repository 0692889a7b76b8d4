import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { missingWords } from './store.ts';
import type { LfsObject, LfsStore } from './store.ts';

/** The store of a repository on this machine, bare or with a work tree: `lfs/objects` in its git dir. */
export function createFolderLfsStore(repositoryPath: string): LfsStore {
  const candidates = ({ oid }: LfsObject) =>
    [repositoryPath, join(repositoryPath, '.git')].map((gitDir) => join(gitDir, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid));

  async function find(object: LfsObject): Promise<string | null> {
    for (const path of candidates(object)) {
      const found = await stat(path).catch(() => null);
      if (found?.isFile() && found.size === object.size) return path;
    }
    return null;
  }

  return {
    async missing(objects) {
      const found = await Promise.all(objects.map(async (object) => ({ object, path: await find(object) })));
      return new Map(found.filter(({ path }) => path === null).map(({ object }) => [object.oid, missingWords(object.oid)]));
    },
    async open(object) {
      const path = await find(object);
      if (path === null) return null;
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      return file.createReadStream();
    },
  };
}
