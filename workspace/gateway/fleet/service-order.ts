/**
 * In which order the services of gateways are called, `ranked` being what those that live say of themselves: calls
 * carry the service key, so a row counts only where it can mean what the configuration means. One of another scheme than the
 * configured one, or of no host in particular, is never called; what an operator set as a URL goes before what a row says. Pure.
 */
export function serviceOrder(configured: string, ranked: readonly string[]): string[] {
  const usable = ranked.filter((url) => schemeOf(url) === schemeOf(configured) && !isOfNoHost(url));
  return [...new Set(schemeOf(configured) === 'unix:' ? [...usable, configured] : [configured, ...usable])];
}

function schemeOf(url: string): string {
  return url.slice(0, url.indexOf(':') + 1);
}

function isOfNoHost(url: string): boolean {
  if (schemeOf(url) === 'unix:') return false;
  return !URL.canParse(url) || ['0.0.0.0', '[::]'].includes(new URL(url).hostname);
}
