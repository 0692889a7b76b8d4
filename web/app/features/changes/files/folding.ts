import type { DiffFile } from '../types.ts';

/** Changed lines above which a file is shown only when asked for. */
const largeFileLines = 500;

const generatedNames = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'composer.lock',
  'Cargo.lock',
  'Gemfile.lock',
  'Pipfile.lock',
  'poetry.lock',
  'uv.lock',
  'go.sum',
  'flake.lock',
]);
const generatedEndings = ['.min.js', '.min.css', '.map', '.snap', '.pb.go', '_pb2.py'];
const vendoredFolders = ['node_modules/', 'vendor/', 'third_party/'];

/** Why a file's lines are folded at first; null when they are shown at once. */
export function foldReason(file: DiffFile): string | null {
  const changed = file.insertions + file.deletions;
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (changed > largeFileLines) return `Large: ${changed.toLocaleString('en')} changed lines.`;
  if (changed === 0) return null;
  if (generatedNames.has(name)) return 'Written by a package manager.';
  if (generatedEndings.some((ending) => name.endsWith(ending))) return 'Looks generated.';
  if (vendoredFolders.some((folder) => file.path.startsWith(folder) || file.path.includes(`/${folder}`)))
    return 'Code of others, kept in the repository.';
  return null;
}
