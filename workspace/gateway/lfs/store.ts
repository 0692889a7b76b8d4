import type { Readable } from 'node:stream';
import { z } from 'zod';

/** An object of git LFS by its SHA-256 and size. */
export const LfsObject = z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().min(0) });
export type LfsObject = z.infer<typeof LfsObject>;

/** Where a repository keeps its large files, for reading. Errors: DomainErrors `lfs-unreachable`. */
export interface LfsStore {
  /** Why an object cannot be had, by its oid; those that can are left out. */
  missing(objects: readonly LfsObject[]): Promise<Map<string, string>>;
  /** The bytes of one object; null when it is not there. */
  open(object: LfsObject): Promise<Readable | null>;
}

/** What a person reads who lacks an object. Pure. */
export function missingWords(oid: string): string {
  return `the repository's LFS store does not have object ${oid.slice(0, 12)}…; push it from a clone that has it (git lfs push --all origin), then try again`;
}
