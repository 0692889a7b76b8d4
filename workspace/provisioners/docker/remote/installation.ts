import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodeOf } from '../../../../config/error-code.ts';

const fileName = 'installation';

/**
 * Marks what belongs to the installation that keeps its state beside this folder. Machines that share a daemon may have folders of the same
 * name, so it is drawn, once: the same in each process of the installation, for as long as its state is there.
 */
export function installationIn(workspacesDir: string): string {
  const path = join(workspacesDir, fileName);
  const known = read(path);
  if (known !== null) return known;
  mkdirSync(workspacesDir, { recursive: true, mode: 0o700 });
  const own = `${path}.${process.pid}.tmp`;
  writeFileSync(own, randomBytes(6).toString('hex'), { mode: 0o600, flush: true });
  try {
    // Whole or not at all, and never over that of another process.
    linkSync(own, path);
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  return readFileSync(path, 'utf8');
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
