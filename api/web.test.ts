import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { createLogger } from '../config/logger.ts';
import { ensureWebBuilt, webBuildFolder } from '../web/build.ts';
import { unwrap } from './client/index.ts';
import { openHarness, startupToken, type Harness } from './testing/harness.ts';
import { requestInput, seedRequest } from './testing/rows.ts';
import { createWeb } from './web.ts';

let harness: Harness;
let cookie: string;
/** What the API says that people must keep in mind; empty but for the tests about it. */
const warnings: string[] = [];

function openWeb(folder: string) {
  const logger = createLogger('test', { silent: true });
  return createWeb({ folder, startupToken, apiOrigin: () => harness.url, publicUrl: 'http://127.0.0.1:8080', logger });
}

beforeAll(async () => {
  await ensureWebBuilt();
  harness = await openHarness({ web: await openWeb(webBuildFolder), warnings });
  // Where nothing was ever submitted, the first page leads to another one.
  await seedRequest(harness.database, requestInput());
  const signedIn = await get(`/sign-in?token=${startupToken}`, {});
  cookie = sessionOf(signedIn);
}, 600_000);
afterAll(() => harness.close());

function sessionOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

function get(path: string, headers: Record<string, string> = { cookie }): Promise<Response> {
  return fetch(new URL(path, harness.url), { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });
}

/** A browser's navigation: fetch lets nobody set these headers. */
function navigate(path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, harness.url), { headers: { 'sec-fetch-mode': 'navigate', ...headers } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** The attributes of every element of a name. */
function elements(html: string, name: string): string[] {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map((match) => match[1] ?? '');
}

describe('the page guard', () => {
  it('leads a visitor to the sign-in page, and back afterwards', async () => {
    const root = await get('/', {});
    const deep = await get('/requests?stage=DONE', {});

    expect([root.status, root.headers.get('location')]).toEqual([303, '/sign-in']);
    expect([deep.status, deep.headers.get('location')]).toEqual([303, '/sign-in?next=%2Frequests%3Fstage%3DDONE']);
  });

  it('lets a link on another site in: the browser repeats the navigation with the cookie that it kept back', async () => {
    const first = await navigate('/requests', { 'sec-fetch-site': 'cross-site' });
    const again = await navigate('/', { 'sec-fetch-site': 'same-origin', cookie });

    expect([first.statusCode, first.headers.refresh]).toEqual([200, '0']);
    expect([again.statusCode, again.headers.refresh]).toEqual([200, undefined]);
  });

  it('gives data to nobody without a session: the browser is sent to sign in', async () => {
    const response = await get('/_root.data', {});
    const body = await response.text();

    expect(response.status).toBe(202);
    expect(body).toContain('/sign-in?next=');
    expect(body).not.toContain('owner@localhost');
  });

  it('leaves the API to itself', async () => {
    const unknown = await get('/api/nothing');
    const closed = await get('/api/me', {});
    const health = await get('/healthz', {});

    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(closed.status).toBe(401);
    expect(await health.json()).toEqual({ status: 'ok' });
  });
});

describe('the sign-in page', () => {
  function post(fields: Record<string, string>): Promise<Response> {
    return fetch(new URL('/sign-in', harness.url), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  }

  it('takes the start-up token and goes on to where the visitor wanted', async () => {
    const response = await post({ token: ` ${startupToken}\n`, next: '/requests?stage=DONE' });
    const page = await get('/', { cookie: sessionOf(response) });

    expect([response.status, response.headers.get('location')]).toEqual([302, '/requests?stage=DONE']);
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect(page.status).toBe(200);
  });

  it('says that a token is wrong, and sets no cookie', async () => {
    const response = await post({ token: 'wrong', next: '/' });

    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).toContain('Wrong token');
  });

  it('says so in words when the link that somebody kept is an old one', async () => {
    const response = await get('/sign-in?token=of-last-week', {});
    const page = await get(response.headers.get('location') ?? '', {});
    const program = await get('/sign-in?token=of-last-week', { accept: '*/*' });

    expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in?stale=1']);
    expect(await page.text()).toContain('This link is not valid any more');
    expect(program.status).toBe(401);
  });

  it('never goes on to another site', async () => {
    const response = await post({ token: startupToken, next: '//evil.example' });

    expect(response.headers.get('location')).toBe('/');
  });

  it('is no place for somebody who is signed in', async () => {
    const response = await get('/sign-in?next=%2Fruns');

    expect([response.status, response.headers.get('location')]).toEqual([302, '/runs']);
  });

  it('signs out: the cookie is gone, and a copy of it opens no page', async () => {
    const own = sessionOf(await get(`/sign-in?token=${startupToken}`, {}));
    const before = await get('/requests', { cookie: own });
    const response = await fetch(new URL('/sign-out', harness.url), { method: 'POST', headers: { cookie: own }, redirect: 'manual' });
    const page = await get('/requests', { cookie: own });
    const signIn = await get('/sign-in', { cookie: own });

    expect(before.status).toBe(200);
    expect(response.headers.get('location')).toBe('/sign-in');
    expect(response.headers.get('set-cookie')).toMatch(/^astraforge_session=;/);
    expect([page.status, page.headers.get('location')]).toEqual([302, '/sign-in?next=%2Frequests']);
    expect(signIn.status).toBe(200);
  });
});

describe('the size of what a page is sent', () => {
  function post(path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}): Promise<Response> {
    // `duplex` is what fetch asks for when a body is a stream, which is sent in chunks.
    const init: RequestInit = { method: 'POST', body, headers, redirect: 'manual', duplex: 'half' };
    return fetch(new URL(path, harness.url), init);
  }

  const form = (prompt: string) => new URLSearchParams({ project: 'app', prompt, planFirst: '', review: '' });
  const signIn = () => new URLSearchParams({ token: startupToken, next: '/' });
  const tooMuch = new URLSearchParams({ token: 'x'.repeat(20_000) });
  const open = ['/sign-in', '/requests/new.data', '/projects/new.data'];

  it.each(open)('is bounded at %s for somebody who is not signed in', async (path) => {
    const large = await post(path, tooMuch);
    const chunked = await post(path, new Blob([signIn().toString()]).stream(), { 'content-type': 'application/x-www-form-urlencoded' });

    expect([large.status, chunked.status]).toEqual([413, 413]);
    expect(await large.json()).toMatchObject({ code: 'body-too-large' });
    expect(await chunked.json()).toMatchObject({ code: 'body-too-large' });
  });

  it('lets an ordinary sign-in through', async () => {
    const response = await post('/sign-in', signIn());

    expect([response.status, response.headers.get('location')]).toEqual([302, '/']);
  });

  it('lets somebody who is signed in send the largest prompt that there may be, and bounds what is beyond', async () => {
    await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
    const headers = { cookie, origin: harness.url };
    // Three bytes of the form for each of these.
    const prompt = 'ä'.repeat(512 * 1024);

    const sent = await post('/requests/new', form(prompt), headers);
    const beyond = await post('/requests/new', form('x'.repeat(9_000_000)), headers);
    const { items } = await unwrap(harness.api.GET('/api/requests', { params: { query: { project: 'app' } } }));
    const path = `/requests/${items[0]?.requestId}`;

    expect([sent.status, sent.headers.get('location')]).toEqual([302, path]);
    expect(beyond.status).toBe(413);
  });
});

describe('a page', () => {
  it('is rendered with what the API tells the person who asks', async () => {
    const response = await get('/');
    const html = await response.text();

    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(html).toContain('owner@localhost');
    expect(html).toContain('streamController.close()');
  });

  it('runs only scripts with the nonce of its answer, and has nothing inline', async () => {
    const [first, second] = await Promise.all([get('/'), get('/')]);
    const policy = first.headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([^']+)' 'strict-dynamic'/.exec(policy)?.[1] ?? 'none';
    const html = await first.text();

    expect(policy).not.toMatch(/unsafe/);
    expect(second.headers.get('content-security-policy')).not.toBe(policy);
    for (const script of elements(html, 'script')) expect(script).toContain(`nonce="${nonce}"`);
    for (const link of elements(html, 'link').filter((each) => each.includes('modulepreload'))) expect(link).toContain(`nonce="${nonce}"`);
    expect(elements(html, '[a-z0-9]+').filter((each) => /\s(style|on[a-z]+)=/.test(each))).toEqual([]);
    expect(elements(html, 'style')).toEqual([]);
  });

  it.each([
    ['astraforge_theme=dark', /<html lang="en" class="dark"/],
    ['astraforge_theme=light', /<html lang="en">/],
  ])('has the colours of %s at its first paint', async (theme, expected) => {
    const response = await get('/', { cookie: `${cookie}; ${theme}` });

    expect(await response.text()).toMatch(expected);
  });

  it('is 404 in words where there is none', async () => {
    const response = await get('/no/such/page');

    expect(response.status).toBe(404);
    expect(await response.text()).toContain('There is no such page');
  });
});

describe('what people of this installation must keep in mind', () => {
  const pages = ['/', '/requests', '/requests/new', '/approvals', '/merge-requests', '/runs', '/activity', '/projects', '/settings'];

  it('stands on every page, before and after the sign-in, as a region with a name', async () => {
    warnings.push('Agents run without isolation.');
    try {
      const shown = await Promise.all([...pages.map((path) => get(path)), get('/sign-in', {})]);
      const html = await Promise.all(shown.map((response) => response.text()));

      for (const text of html) {
        expect(text).toMatch(/<section aria-label="Warning about this installation"[^>]*>.*?<p[^>]*>Agents run without isolation\.<\/p>/);
      }
    } finally {
      warnings.length = 0;
    }
  });

  it('is not there where there is nothing to say', async () => {
    const html = await (await get('/')).text();

    expect(html).not.toContain('Warning about this installation');
  });
});

describe('an odd call of a page', () => {
  /** What fetch cannot send. */
  function send(method: string, path: string): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(harness.url);
      const sent = httpRequest({ hostname, port, method, path, headers: { cookie } }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it.each([
    ['GET', 'http://elsewhere.example/requests', 400],
    ['GET', 'http://%/', 400],
    ['TRACE', '/requests', 405],
  ])('%s %s is refused in words', async (method, path, status) => {
    const answer = await send(method, path);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status });
  });
});

describe('files of the page', () => {
  it('are kept for ever by their hashed names, and carry a policy of their own for workers', async () => {
    const html = await (await get('/')).text();
    const css = elements(html, 'link').find((link) => link.includes('stylesheet')) ?? '';
    const response = await get(/href="([^"]+)"/.exec(css)?.[1] ?? '', {});

    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self'");
  });

  it('of another version are refused instead of answered by a page', async () => {
    const response = await get('/assets/root-0000.js', {});

    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
  });
});

describe('without built pages', () => {
  it('says how to get them', async () => {
    const bare = await openHarness({ web: await openWeb(join(webBuildFolder, 'nowhere')) });
    try {
      const page = await fetch(new URL('/', bare.url));
      const health = await fetch(new URL('/healthz', bare.url));

      expect(page.status).toBe(503);
      expect(await page.json()).toMatchObject({ code: 'web-not-built', detail: expect.stringContaining('npm run build') });
      expect(health.status).toBe(200);
    } finally {
      await bare.close();
    }
  });
});
