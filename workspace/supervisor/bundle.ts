import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';

const entries = { supervisor: 'main.ts', launcher: join('launcher', 'main.ts') };
const bundled = new Map<keyof typeof entries, Promise<Uint8Array>>();

/** The launcher of containers without a supervisor, as one file that needs Node alone. DomainError `supervisor-bundle`. */
export async function launcherBundle(): Promise<string> {
  return Buffer.from(await bundleOnce('launcher')).toString('utf8');
}

/**
 * The supervisor as one file that needs Node alone: `<cacheDir>/supervisor-<hash of its content>.mjs`. Built once a process, put in
 * place by rename, so that any number of processes may call it at once. DomainError `supervisor-bundle`.
 */
export async function ensureSupervisorBundle(cacheDir: string): Promise<string> {
  const content = await bundleOnce('supervisor');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const path = join(cacheDir, `supervisor-${hash}.mjs`);
  if (await exists(path)) return path;
  await mkdir(cacheDir, { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content, { mode: 0o644, flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return path;
}

async function bundleOnce(name: keyof typeof entries): Promise<Uint8Array> {
  let made = bundled.get(name);
  if (!made) bundled.set(name, (made = bundle(entries[name])));
  try {
    return await made;
  } catch (error) {
    bundled.delete(name);
    throw new DomainError('permanent', 'supervisor-bundle', `start: the ${name} could not be bundled: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function bundle(entry: string): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    // Packages that still are CommonJS ask for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    legalComments: 'none',
    logLevel: 'silent',
  });
  const output = result.outputFiles[0];
  if (!output) throw new Error('esbuild wrote nothing');
  return output.contents;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
