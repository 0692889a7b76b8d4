import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { Logger } from '../config/logger.ts';

/** The workflows as one script. `buildId` names their content: the same sources give the same id on every machine. */
export interface WorkflowBundle {
  code: string;
  buildId: string;
}

const workflowsDir = fileURLToPath(new URL('../workflows/', import.meta.url));
/** Packages whose code runs inside workflows, or makes the bundle. */
const packages = ['@temporalio/worker', '@temporalio/workflow', '@temporalio/common', 'zod'];

/** The bundle of this version of the workflows: from the cache folder when it was built before, else built into it (some seconds). */
export async function loadWorkflowBundle(cacheDir: string, logger: Logger): Promise<WorkflowBundle> {
  const buildId = await contentHash();
  const file = join(cacheDir, `workflows-${buildId}.js`);
  const cached = await readOrNull(file);
  if (cached !== null) return { code: cached, buildId };
  const startedAt = performance.now();
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(workflowsDir, 'index.ts'),
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => logger.warn('bundling the workflows', { message }),
      error: (message) => logger.error('bundling the workflows', { message }),
    },
  });
  await mkdir(cacheDir, { recursive: true });
  // Under its name only when it is whole: two processes may build it at once.
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, code);
  await rename(temporary, file);
  logger.info('workflows bundled', { buildId, ms: Math.round(performance.now() - startedAt) });
  return { code, buildId };
}

async function contentHash(): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(workflowsDir, { recursive: true, withFileTypes: true });
  const sources = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const source of sources)
    hash
      .update(`${relative(workflowsDir, source)}\0`)
      .update(await readFile(source))
      .update('\0');
  for (const name of packages) hash.update(`${name}@${await versionOf(name)}\0`);
  return hash.digest('hex').slice(0, 16);
}

async function versionOf(name: string): Promise<string> {
  const resolve = createRequire(import.meta.url).resolve;
  const manifest: unknown = JSON.parse(await readFile(resolve(`${name}/package.json`), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
