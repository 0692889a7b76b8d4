import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Config } from '../../config/env.ts';
import { imageRecipe } from '../../workspace/image/recipe.ts';
import type { HostSettings } from './dependencies.ts';

/** Where a sandbox's programs come from that is no container: they change when something is installed. */
const programFolders = ['/usr/bin', '/usr/lib', '/usr/local/bin', '/usr/local/lib'];

/** What snapshots of setups depend on at this host; null where none are kept. */
export function snapshotSettings(
  config: Pick<Config, 'SETUP_SNAPSHOT_BYTES' | 'WORKSPACE_IMAGE'>,
  provisioner: string,
): HostSettings['snapshots'] {
  if (config.SETUP_SNAPSHOT_BYTES === 0) return null;
  return {
    maxBytes: config.SETUP_SNAPSHOT_BYTES,
    machine: `${process.platform}-${process.arch}`,
    image: provisioner === 'local' ? machinePrograms() : (config.WORKSPACE_IMAGE ?? imageRecipe().hash),
  };
}

/** Stands for the machine's own programs. */
function machinePrograms(): string {
  const facts = [process.version, read('/etc/os-release'), ...programFolders.map(changedAt)];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
