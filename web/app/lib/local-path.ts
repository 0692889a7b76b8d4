/** Only a path of our own, with its query: never another site, however it is spelled. Anything else is "/". */
export function localPath(next: unknown): string {
  const base = 'http://local.invalid';
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  // `//host` and `/\host` parse to another origin, and a path may still begin with two slashes after `/.//`.
  return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}
