import { createHash } from 'node:crypto';

/** A submodule as `.gitmodules` names it. */
export interface NamedSubmodule {
  name: string;
  path: string;
  url: string;
}

/** What a workspace is told of a submodule: where to read it, or why it may not. */
export type Submodule = { name: string; path: string } & ({ key: string; reason: null } | { key: null; reason: string });

/** Reads what `git config --list -z` says of a `.gitmodules` file. Entries without a path or an address are left out. Pure. */
export function parseSubmodules(listing: string): NamedSubmodule[] {
  const found = new Map<string, { path?: string; url?: string }>();
  for (const entry of listing.split('\0')) {
    const match = /^submodule\.([^\n]+)\.(path|url)\n(.*)$/s.exec(entry);
    if (!match) continue;
    const [, name = '', field = '', value = ''] = match;
    found.set(name, { ...found.get(name), [field]: value });
  }
  return [...found].flatMap(([name, { path, url }]) => (path !== undefined && url !== undefined ? [{ name, path, url }] : []));
}

/** An address as git reads it: `./` and `../` are relative to the repository's own. Pure. */
export function resolveSubmoduleUrl(repositoryUrl: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  let base = repositoryUrl.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      base = base.slice(0, Math.max(base.lastIndexOf('/'), 0));
    } else return `${base}/${rest}`;
  }
}

/** The name by which the door serves a repository. */
export function submoduleKey(url: string): string {
  return createHash('sha256').update(plain(url)).digest('hex').slice(0, 16);
}

/**
 * Which submodules a run may read: those of the same forge that the project's settings list. What a commit says is a wish, since
 * whoever writes it could name any repository that the forge has. Pure.
 */
export function judgeSubmodules(
  submodules: readonly NamedSubmodule[],
  project: { repositoryUrl: string; allowed: readonly string[] },
): Submodule[] {
  const allowed = new Set(allowedUrls(project).map(plain));
  return submodules.map(({ name, path, url }) => {
    const resolved = resolveSubmoduleUrl(project.repositoryUrl, url);
    if (!sameForge(project.repositoryUrl, resolved))
      return { name, path, key: null, reason: 'it is not on the forge of this project; take its content into the repository' };
    if (!allowed.has(plain(resolved)))
      return { name, path, key: null, reason: "the project's settings do not list it; a maintainer may add it under Submodules" };
    return { name, path, key: submoduleKey(resolved), reason: null };
  });
}

/** The repositories that a project lists, absolute, without those of another forge. Pure. */
export function allowedUrls({ repositoryUrl, allowed }: { repositoryUrl: string; allowed: readonly string[] }): string[] {
  return allowed.map((url) => resolveSubmoduleUrl(repositoryUrl, url)).filter((url) => sameForge(repositoryUrl, url));
}

function sameForge(repositoryUrl: string, url: string): boolean {
  if (repositoryUrl.startsWith('/')) return url.startsWith('/') && !url.split('/').includes('..');
  if (!URL.canParse(repositoryUrl) || !URL.canParse(url)) return false;
  const [own, other] = [new URL(repositoryUrl), new URL(url)];
  return /^https?:$/.test(own.protocol) && own.origin === other.origin && other.username === '' && other.password === '';
}

function plain(url: string): string {
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}
