import { createHash } from 'node:crypto';
import { isNamed, namedBy } from './named.ts';

/** A file of a commit's tree. */
export interface TreeFile {
  path: string;
  /** Mode and id as git has them. */
  mode: string;
  blob: string;
}

/** Folders of what somebody else wrote: nothing there decides about this project's setup. */
const foreignFolders = new Set(['node_modules', 'bower_components', 'vendor', 'third_party', '.venv', 'venv']);

const lockFiles = new Set([
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb', 'deno.lock'],
  ...['Cargo.lock', 'go.sum', 'go.work.sum', 'Gemfile.lock', 'gems.locked', 'composer.lock', 'mix.lock', 'pubspec.lock'],
  ...['poetry.lock', 'uv.lock', 'pdm.lock', 'pixi.lock', 'Pipfile.lock', 'conda-lock.yml', 'pylock.toml'],
  ...['gradle.lockfile', 'buildscript-gradle.lockfile', 'verification-metadata.xml', 'packages.lock.json', 'paket.lock'],
  ...['Package.resolved', 'Podfile.lock', 'flake.lock', 'conan.lock', 'rebar.lock', 'stack.yaml.lock', 'cabal.project.freeze'],
]);
const lockPatterns = [/^(?:requirements|constraints)[^/]*\.(?:txt|lock)$/, /^pylock\.[^/]+\.toml$/];

const manifests = new Set([
  ...['package.json', '.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', 'pnpm-workspace.yaml', 'bunfig.toml', 'deno.json'],
  ...['Cargo.toml', 'rust-toolchain', 'rust-toolchain.toml', 'go.mod', 'go.work', 'Gemfile', 'composer.json', 'mix.exs', 'pubspec.yaml'],
  ...['pyproject.toml', 'setup.py', 'setup.cfg', 'Pipfile', 'environment.yml', 'pip.conf', 'poetry.toml', 'uv.toml'],
  ...['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts', 'gradle.properties', 'libs.versions.toml', 'pom.xml'],
  ...['.nvmrc', '.node-version', '.python-version', '.ruby-version', '.tool-versions', 'mise.toml', 'Makefile', 'justfile'],
  // They decide what is in the checkout and what of it is kept.
  ...['.gitignore', '.gitmodules'],
]);
const manifestPatterns = [
  /\.(?:gemspec|csproj|fsproj|patch|diff|prisma)$/,
  /^(?:binding\.gyp|gradle-wrapper\.properties|nuget\.config|Directory\.(?:Packages|Build)\.props)$/i,
];
/** By their paths: the name alone says nothing. */
const manifestPaths = /(?:^|\/)(?:\.yarn\/(?:releases|plugins)\/[^/]+|\.cargo\/config(?:\.toml)?|\.bundle\/config)$/;

/**
 * A digest of the files that decide what `setup` makes: lock files and manifests at any depth outside of foreign folders, and wherever they
 * lie the files that the command names, with all of a folder that it names and all beside a script. Of all files where `runsOwnScripts`: an
 * installer runs scripts of the tree, which may read any of it. Null where no lock file says what is installed. Pure; the order of `files`
 * does not matter.
 */
export function setupInputs(files: readonly TreeFile[], setup: string, { runsOwnScripts = false } = {}): string | null {
  const own = new Set(files.filter(({ path }) => !folderOf(path).some((folder) => foreignFolders.has(folder))));
  if (![...own].some(({ path }) => isLockFile(path))) return null;
  const named = namedBy(setup);
  const scripts = files.filter(({ path }) => named.names.has(nameOf(path)) && !isLockFile(path) && !isManifest(path));
  const folders = new Set(scripts.map(({ path }) => folderOf(path).join('/')));
  const decides = (file: TreeFile): boolean =>
    runsOwnScripts ||
    (own.has(file) && (isLockFile(file.path) || isManifest(file.path))) ||
    isNamed(file.path, named) ||
    isBeside(file.path, folders);
  const lines = files.filter(decides).map(({ path, mode, blob }) => `${mode} ${blob} ${path}`);
  return createHash('sha256').update(lines.sort().join('\0')).digest('hex');
}

function folderOf(path: string): string[] {
  return path.split('/').slice(0, -1);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isLockFile(path: string): boolean {
  const name = nameOf(path);
  // By habit a folder of that name holds one file for each purpose.
  if (folderOf(path).at(-1) === 'requirements' && name.endsWith('.txt')) return true;
  return lockFiles.has(name) || lockPatterns.some((pattern) => pattern.test(name));
}

function isManifest(path: string): boolean {
  const name = nameOf(path);
  return manifests.has(name) || manifestPaths.test(path) || manifestPatterns.some((pattern) => pattern.test(name));
}

/** Whether a file is in one of the folders, or below one that is not the tree's own. */
function isBeside(path: string, folders: ReadonlySet<string>): boolean {
  const parts = folderOf(path);
  return folders.has(parts.join('/')) || parts.some((_, at) => folders.has(parts.slice(0, at + 1).join('/')));
}
