import { describe, expect, it } from '@jest/globals';
import { setupInputs } from './inputs.ts';
import type { TreeFile } from './inputs.ts';

const plain: Record<string, string> = { 'package.json': 'p', 'package-lock.json': 'l', 'src/a.ts': 'a', 'tools/prepare.sh': 's' };

function tree(blobs: Record<string, string>): TreeFile[] {
  return Object.entries(blobs).map(([path, blob]) => ({ path, mode: '100644', blob }));
}

describe('what decides what a setup makes', () => {
  it.each([
    ['package-lock.json'],
    ['web/yarn.lock'],
    ['a/b/c/pnpm-lock.yaml'],
    ['Cargo.lock'],
    ['go.sum'],
    ['poetry.lock'],
    ['uv.lock'],
    ['requirements.txt'],
    ['requirements-dev.txt'],
    ['requirements/base.txt'],
    ['Pipfile.lock'],
    ['Gemfile.lock'],
    ['composer.lock'],
    ['app/gradle.lockfile'],
  ])('is told by a lock file: %s', (path) => {
    const before = setupInputs(tree({ [path]: '1' }), 'install');

    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(setupInputs(tree({ [path]: '2' }), 'install')).not.toBe(before);
  });

  it.each([
    ['no file at all', {}],
    ['a manifest alone', { 'package.json': 'p', 'pyproject.toml': 'q' }],
    ['the lock file of a package that is kept in the tree', { 'node_modules/x/yarn.lock': 'y', 'vendor/y/go.sum': 'z' }],
    ['a file that only looks like one', { 'docs/requirements.md': 'r', 'package-lock.json/a': 'x' }],
  ])('is not told by %s', (_, blobs: Record<string, string>) => {
    expect(setupInputs(tree(blobs), 'npm ci')).toBeNull();
  });

  it.each([
    ['a manifest', { 'package.json': 'other' }],
    ['a manifest somewhere below', { 'web/package.json': 'new' }],
    ['what is ignored', { '.gitignore': 'new' }],
    ['a patch of a package', { 'patches/left-pad.patch': 'new' }],
    ['a file that the command names', { 'tools/prepare.sh': 'other' }],
  ])('changes with %s', (_, change: Record<string, string>) => {
    const setup = 'npm ci && ./tools/prepare.sh';

    expect(setupInputs(tree({ ...plain, ...change }), setup)).not.toBe(setupInputs(tree(plain), setup));
  });

  it.each([
    ['a file in a folder of what others wrote', 'sh vendor/setup.sh', 'vendor/setup.sh'],
    ['a way up', 'cd web && ../tools/run.sh', 'tools/run.sh'],
    ['a way that goes down and up', 'sh ./web/../tools//run.sh', 'tools/run.sh'],
    ['a variable', '"$PWD/tools/run.sh"', 'tools/run.sh'],
    ['a way that is escaped', 'sh my\\ tools/run\\ it.sh', 'my tools/run it.sh'],
    ['a folder', 'for f in tools; do sh $f/x; done', 'tools/deep/y.sh'],
    ['a pattern in a folder', 'cat tools/*.sh | sh', 'tools/y.sh'],
    ['a pattern', 'cat *.sh | sh', 'y.sh'],
    ['the folder itself', 'pip install .', 'src/a.py'],
    ['the folder itself by a variable', 'pip install "$PWD"', 'src/a.py'],
    ['a script beside it', 'sh tools/run.sh', 'tools/lib/helper.sh'],
    ['a script in the root beside it', './run.sh', 'helper.sh'],
  ])('changes with what the command names by %s', (_, setup, path) => {
    const files = { ...plain, 'tools/run.sh': 'r', 'run.sh': 'r' };

    expect(setupInputs(tree({ ...files, [path]: 'other' }), setup)).not.toBe(setupInputs(tree({ ...files, [path]: 'one' }), setup));
  });

  it.each([
    ['.yarn/releases/yarn-4.0.0.cjs'],
    ['web/.yarn/releases/yarn-4.0.0.cjs'],
    ['.yarnrc.yml'],
    ['web/.npmrc'],
    ['.cargo/config.toml'],
    ['gradle/wrapper/gradle-wrapper.properties'],
    ['Directory.Packages.props'],
    ['.bundle/config'],
    ['db/prisma/schema.prisma'],
    ['binding.gyp'],
  ])('changes with %s', (path) => {
    expect(setupInputs(tree({ ...plain, [path]: 'new' }), 'install')).not.toBe(setupInputs(tree(plain), 'install'));
  });

  it('changes with any file where an installer runs scripts of the tree', () => {
    const of = (blobs: Record<string, string>) => setupInputs(tree(blobs), 'npm ci', { runsOwnScripts: true });

    expect(of({ ...plain, 'src/a.ts': 'other' })).not.toBe(of(plain));
    expect(of({ 'src/a.ts': 'a' })).toBeNull();
  });

  it.each([
    ['a source', 'npm ci', { 'src/a.ts': 'other', 'src/new.ts': 'new' }],
    ['a source beside a lock file that it names', 'pip install -r requirements.txt', { 'src/a.ts': 'other', 'README.md': 'new' }],
    ['a script that the command does not name', 'npm ci', { 'tools/prepare.sh': 'other' }],
  ])('does not change with %s', (_, setup, change: Record<string, string>) => {
    expect(setupInputs(tree({ ...plain, ...change }), setup)).toBe(setupInputs(tree(plain), setup));
  });

  it('finds a file that the command names from a folder that it goes into', () => {
    const setup = 'cd tools; sh prepare.sh';

    expect(setupInputs(tree({ ...plain, 'tools/prepare.sh': 'other' }), setup)).not.toBe(setupInputs(tree(plain), setup));
  });

  it('takes a mode for a change, and no order', () => {
    const files = tree(plain);
    const executable = files.map((file) => (file.path === 'package.json' ? { ...file, mode: '100755' } : file));

    expect(setupInputs(files.toReversed(), 'npm ci')).toBe(setupInputs(files, 'npm ci'));
    expect(setupInputs(executable, 'npm ci')).not.toBe(setupInputs(files, 'npm ci'));
  });
});
