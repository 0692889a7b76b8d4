import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { errorCodeOf } from '../config/error-code.ts';
import type { Logger } from '../config/logger.ts';
import { messageOf } from '../workflows/contracts/errors.ts';

/** The workflows as one script. `buildId` names their content: the same sources give the same id on every machine. */
export interface WorkflowBundle {
  code: string;
  buildId: string;
}

const workflowsDir = fileURLToPath(new URL('../workflows/', import.meta.url));
/** Packages whose code runs inside workflows, or makes the bundle. */
const packages = ['@temporalio/worker', '@temporalio/workflow', '@temporalio/common', 'zod'];

/** Versions of the workflows that stay in the cache: the state folders that share it may be of some. */
const keptBundles = 5;
const bundleName = /^workflows-[0-9a-f]{16}\.js/;

/**
 * The bundle of this version of the workflows: from the cache folder when it was built before, else built into it (some seconds).
 * Of other versions the cache keeps those used last.
 */
export async function loadWorkflowBundle(cacheDir: string, logger: Logger): Promise<WorkflowBundle> {
  const buildId = await contentHash();
  const file = join(cacheDir, `workflows-${buildId}.js`);
  const cached = await readOrNull(file);
  if (cached !== null) {
    await markUsed(file, logger);
    return { code: cached, buildId };
  }
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
  try {
    await store(file, code);
    await removeOld(cacheDir);
  } catch (error) {
    // The bundle works without: a home that is read-only costs each start some seconds.
    logger.warn('the cache of workflow bundles was not brought up to date', { cacheDir, reason: messageOf(error) });
  }
  logger.info('workflows bundled', { buildId, ms: Math.round(performance.now() - startedAt) });
  return { code, buildId };
}

/** Under its name only when it is whole: two processes may build it at once. */
async function store(file: string, code: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, code);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes all but the bundles used last, with what killed processes left half-written. */
async function removeOld(cacheDir: string): Promise<void> {
  const names = (await readdir(cacheDir)).filter((name) => bundleName.test(name));
  const files = await Promise.all(names.map(async (name) => ({ name, usedAtMs: (await stat(join(cacheDir, name))).mtimeMs })));
  const old = files.sort((a, b) => b.usedAtMs - a.usedAtMs).slice(keptBundles);
  for (const { name } of old) await rm(join(cacheDir, name), { force: true });
}

async function markUsed(file: string, logger: Logger): Promise<void> {
  try {
    const now = new Date();
    await utimes(file, now, now);
  } catch (error) {
    logger.debug('a workflow bundle was not marked as used', { file, reason: messageOf(error) });
  }
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
    if (['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error) ?? '')) return null;
    throw error;
  }
}
