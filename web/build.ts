import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '../config/env.ts';

const root = join(import.meta.dirname, '..');
const stampName = 'inputs.sha256';

/** Folder that holds the built pages. */
export const webBuildFolder = join(import.meta.dirname, 'build');

/** What the built pages are made of, relative to the repository: a change in any of them makes a build outdated. */
const inputs = ['web/app', 'web/public', 'web/vite.config.ts', 'web/build.ts', 'api/client', 'workflows/contracts', 'package-lock.json'];
const ignored = /\.test\.tsx?$/;

/** True when the built pages are there and made of what lies here now. */
export function isWebBuilt(): boolean {
  const stamp = join(webBuildFolder, stampName);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfInputs();
}

/**
 * Builds the pages unless they are up to date; resolves to whether it built. Others may build at the same time: each builds into a
 * folder of its own and puts it in place at once. Rejects with the end of the builder's output.
 */
export async function ensureWebBuilt(onStart: () => void = () => {}, signal?: AbortSignal): Promise<boolean> {
  if (isWebBuilt()) return false;
  onStart();
  const hash = hashOfInputs();
  const name = `build-${process.pid}`;
  const folder = join(import.meta.dirname, name);
  try {
    await runBuilder(`web/${name}`, signal);
    writeFileSync(join(folder, stampName), hash);
    putInPlace(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return true;
}

function putInPlace(folder: string): void {
  const old = `${folder}-old`;
  // Whoever else builds moves the same folder; the second one finds it gone, or finds a fresh one in its way.
  for (let tries = 0; ; tries += 1) {
    try {
      if (existsSync(webBuildFolder)) renameSync(webBuildFolder, old);
      renameSync(folder, webBuildFolder);
      break;
    } catch (error) {
      if (tries === 5) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Vite's own process: it keeps a lot in memory, and its plugins change globals. */
async function runBuilder(buildDirectory: string, signal?: AbortSignal): Promise<void> {
  const cli = join(root, 'node_modules', '@remix-run', 'dev', 'dist', 'cli.js');
  const env = { ...processEnvironment(), NODE_ENV: 'production', WEB_BUILD_DIR: buildDirectory, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [cli, 'vite:build', '--config', 'web/vite.config.ts'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-8_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`web UI: the build failed (exit code ${code}); mend it and run npm run build\n${output.trim()}`);
}

function hashOfInputs(): string {
  const hash = createHash('sha256');
  for (const input of inputs)
    for (const file of filesOf(input))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !ignored.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

if (import.meta.main) {
  const startedAtMs = performance.now();
  const built = await ensureWebBuilt(() => process.stdout.write('building the web UI …\n'));
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(built ? `web UI built in ${seconds} s\n` : 'web UI is up to date\n');
}
