import type { RequestHandler } from 'express';
import { refuse } from '../problem.ts';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that a foreign page could have caused. Host must be one of ours (DNS rebinding); an Origin, where the
 * browser sends one, must be the very origin that is asked, or the public one (CSRF); a change from a browser on another
 * site is refused by Sec-Fetch-Site too.
 */
export function checkOrigin(options: { publicUrl: string; extraHosts: string[] }): RequestHandler {
  const publicUrl = new URL(options.publicUrl);
  const names = new Set([...loopbackNames, publicUrl.hostname, ...options.extraHosts].map((name) => name.toLowerCase()));
  return (request, _response, next) => {
    const host = request.headers.host ?? '';
    if (!names.has(hostName(host))) throw refuse('foreign-host', `The API does not answer to the host name ${JSON.stringify(host)}.`);
    const { origin } = request.headers;
    if (origin !== undefined && !isOwnOrigin(origin, host, publicUrl)) {
      throw refuse('foreign-origin', 'The API takes no requests from pages of another origin.');
    }
    const site = request.headers['sec-fetch-site'];
    const isChange = request.method !== 'GET' && request.method !== 'HEAD';
    if (isChange && site !== undefined && site !== 'same-origin' && site !== 'none') {
      throw refuse('foreign-origin', 'The API takes no changes from pages of another origin.');
    }
    next();
  };
}

function isOwnOrigin(origin: string, host: string, publicUrl: URL): boolean {
  if (origin === publicUrl.origin) return true;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function hostName(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.toLowerCase() : '';
}
