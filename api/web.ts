import { createRequestListener } from '@remix-run/node-fetch-server';
import { createRequestHandler, type AppLoadContext, type ServerBuild } from '@remix-run/server-runtime';
import express, { Router, type Request as Incoming, type RequestHandler, type Response } from 'express';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from '../config/logger.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { isVouchedFor } from './auth/guard.ts';
import { assetPolicy, pagePolicy } from './auth/headers.ts';
import { isSameSecret } from './auth/session.ts';
import { limits } from './limits.ts';
import { refuse } from './problem.ts';

export interface WebOptions {
  /** Folder that `web/build.ts` fills: `server/` and `client/`. */
  folder: string;
  startupToken: string;
  /** How this process reaches its own API; asked when a page is rendered, so that the port may be chosen late. */
  apiOrigin: () => string;
  publicUrl: string;
  logger: Logger;
}

/** What the built pages export beside what Remix wants (web/app/entry.server.tsx). */
interface PagesEntry {
  connectApi: (origin: () => string) => void;
}

const yearSeconds = 365 * 24 * 60 * 60;
const hourSeconds = 60 * 60;

/** Paths of the API's process that are no page. `/sign-in` with a token is the printed link; without one it is a page. */
function isApi(request: Incoming): boolean {
  const { path } = request;
  if (path === '/sign-in') return request.method === 'GET' && request.query['token'] !== undefined;
  return path === '/api' || path.startsWith('/api/') || path === '/healthz' || path === '/readyz';
}

/** A browser with a link that an earlier start printed: the sign-in page says so in words, where the API would in JSON. */
function isStaleLink(request: Incoming, startupToken: string): boolean {
  const { token } = request.query;
  if (request.path !== '/sign-in' || typeof token !== 'string') return false;
  return request.accepts(['json', 'html']) === 'html' && !isSameSecret(token, startupToken);
}

/**
 * Serves the pages of the built web UI and its files. What belongs to the API passes. A page for nobody who is signed in becomes
 * a redirect to /sign-in, except that page itself.
 */
export async function createWeb(options: WebOptions): Promise<RequestHandler> {
  const entry = join(options.folder, 'server', 'index.js');
  if (!existsSync(entry)) return notBuilt(options.logger);
  const build = (await import(pathToFileURL(entry).href)) as ServerBuild;
  (build.entry.module as unknown as PagesEntry).connectApi(options.apiOrigin);
  const router = Router();
  files(router, join(options.folder, 'client'));
  const pages = renderer(build, options);
  router.use((request, response, next) => {
    if (isStaleLink(request, options.startupToken)) return response.redirect(303, '/sign-in?stale=1');
    if (isApi(request)) return next();
    checkTarget(request);
    const isKnown = isVouchedFor(request.headers, options.startupToken);
    if (!isKnown && !isOpenToAll(request)) return askToSignIn(request, response);
    checkBodySize(request, isKnown ? limits.jsonBodyBytes : limits.publicBodyBytes);
    pages(request, response).catch(next);
  });
  return router;
}

/** A page has an address of this server, and the methods of a browser: the request that Remix is given can hold no others. */
function checkTarget({ url, method }: Incoming): void {
  if (!url.startsWith('/')) throw refuse('malformed-url', 'Ask for a page by its path, not by a whole URL.');
  if (method === 'TRACE' || method === 'CONNECT') throw refuse('method-not-allowed', `A page does not take ${method}.`);
}

/**
 * A page's action holds the whole form in memory before it asks the API anything: what is too large, or does not say its size, is
 * refused unread. Browsers always say the size of a form.
 */
function checkBodySize({ headers }: Incoming, maxBytes: number): void {
  const sizeBytes = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
  if (sizeBytes > maxBytes)
    throw refuse(
      'body-too-large',
      `The body is larger than ${maxBytes} bytes, or does not say its size; send less, with a Content-Length.`,
    );
}

function files(router: Router, folder: string): void {
  const setHeaders = (response: Response, path: string) => {
    response.setHeader('Content-Security-Policy', assetPolicy);
    // The names of those in `assets` hold a hash of their content.
    const isHashed = path.startsWith(join(folder, 'assets'));
    response.setHeader('Cache-Control', isHashed ? `public, max-age=${yearSeconds}, immutable` : `public, max-age=${hourSeconds}`);
  };
  const options = { cacheControl: false, index: false, redirect: false, setHeaders };
  router.use('/assets', express.static(join(folder, 'assets'), options));
  router.use('/assets', (request) => {
    throw refuse('not-found', `There is no file ${request.originalUrl}; reload the page to get the files of this version.`);
  });
  router.use(express.static(folder, options));
}

function renderer(build: ServerBuild, options: WebOptions): (request: Incoming, response: Response) => Promise<void> {
  const handle = createRequestHandler(build, 'production');
  const { protocol } = new URL(options.publicUrl);
  const reportError = (error: unknown) => options.logger.error('page failed', { error: messageOf(error) });
  return async (request, response) => {
    const nonce = randomBytes(16).toString('base64');
    response.setHeader('Content-Security-Policy', pagePolicy(nonce));
    // With `no-referrer` a browser names no Origin for a form that is sent without scripts, and it would be refused as foreign.
    response.setHeader('Referrer-Policy', 'same-origin');
    const context: AppLoadContext = { nonce, reportError };
    // Loaders that still work for an answer that has ended are told so; Remix forgets its time limit then, too.
    const ended = new AbortController();
    response.once('close', () => ended.abort());
    const render = (fetched: Request) => handle(new Request(fetched, { signal: ended.signal }), context);
    await createRequestListener(render, { protocol, onError: reportError })(request, response);
  };
}

/**
 * The sign-in page, and what the browser fetches for itself: which routes there are, and data, whose loaders ask the API and are
 * refused there.
 */
function isOpenToAll(request: Incoming): boolean {
  return request.path === '/sign-in' || request.path === '/__manifest' || request.path.endsWith('.data');
}

function askToSignIn(request: Incoming, response: Response): void {
  // The session cookie is SameSite=Strict: a link on another site comes without it, a reload of our own page with it.
  if (request.headers['sec-fetch-site'] === 'cross-site' && request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET') {
    response.setHeader('Refresh', '0');
    response.type('html').send('<!doctype html><html lang="en"><title>AstraForge</title></html>');
    return;
  }
  const page = request.method === 'GET' || request.method === 'HEAD' ? request.originalUrl : '/';
  response.redirect(303, page === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(page)}`);
}

function notBuilt(logger: Logger): RequestHandler {
  logger.warn('web UI not built', { nextAction: 'npm run build' });
  return (request, _response, next) => {
    if (isApi(request)) return next();
    throw refuse('web-not-built', 'The web UI is not built here: run `npm run build` and start again. The API itself is up.');
  };
}
