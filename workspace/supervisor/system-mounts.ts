import { existsSync, lstatSync, readlinkSync } from 'node:fs';

/** Arguments of bubblewrap for the read-only system: /usr with its links, as they are where this is called. */
export function systemMounts(): string[] {
  const roots = ['/bin', '/sbin', '/lib', '/lib64', '/lib32', '/libx32'].flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return [];
    return found.isSymbolicLink() ? ['--symlink', readlinkSync(path).replace(/^\//, ''), path] : ['--ro-bind', path, path];
  });
  const nix = ['/nix/store', '/gnu/store'].filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]);
  return ['--ro-bind', '/usr', '/usr', ...roots, ...nix];
}
