import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What Codex's npm package ships for this machine. */
export interface CodexFiles {
  /** Folder that holds everything below; self-contained. */
  root: string;
  /** Relative to root. */
  binary: string;
  /** The static bubblewrap, relative to root; null where the package has none. */
  bwrap: string | null;
}

const triples: Record<string, string> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
};

/** The native files of `@openai/codex` for this machine; null when npm did not install them. */
export function findCodex(): CodexFiles | null {
  const machine = `${process.platform}-${process.arch}`;
  const triple = triples[machine];
  if (!triple) return null;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@openai/codex-${machine}/package.json`);
    const root = join(dirname(manifest), 'vendor', triple);
    const binary = join('bin', 'codex');
    const bwrap = join('codex-resources', 'bwrap');
    if (!existsSync(join(root, binary))) return null;
    return { root, binary, bwrap: existsSync(join(root, bwrap)) ? bwrap : null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}
