import type { DiffFile } from '../types.ts';

/** A changed text file for tests; name what matters. */
export function fileOf(fields: Partial<DiffFile> & { path: string }): DiffFile {
  return {
    oldPath: null,
    status: 'modified',
    oldMode: '100644',
    newMode: '100644',
    newBlob: 'b1',
    kind: 'text',
    insertions: 1,
    deletions: 1,
    ...fields,
  };
}
