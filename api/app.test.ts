import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { apiRoutes } from './app.ts';
import { roleRules } from './auth/rules.ts';
import { operations } from './operations/index.ts';
import { openHarness, startupToken, type Harness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

/** Sends exactly the head given, which fetch would not. */
function rawGet(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, harness.url), { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

describe('role rules', () => {
  it('has a rule for every route that exists, and an operation for every route', () => {
    const layers = (apiRoutes(harness.deps) as unknown as { stack: Layer[] }).stack;

    const routes = layers.flatMap(({ route }) => (route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : []));
    const ruled = operations.filter(({ id }) => roleRules[id] !== undefined).map(({ method, path }) => `${method} ${path}`);

    expect(routes.length).toBeGreaterThan(30);
    expect(routes.filter((route) => !ruled.includes(route))).toEqual([]);
    expect(ruled.filter((route) => !routes.includes(route))).toEqual([]);
    expect(Object.keys(roleRules).filter((id) => !operations.some((operation) => operation.id === id))).toEqual([]);
  });

  it('lets nobody in without a token, on any route that is not public', async () => {
    for (const operation of operations.filter(({ id }) => roleRules[id] !== 'public')) {
      const path = operation.path.replace(/:\w+/g, 'x');
      const response = await fetch(new URL(path, harness.url), { method: operation.method.toUpperCase() });

      expect([operation.id, response.status]).toEqual([operation.id, 401]);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('refuses a wrong token and takes the right one', async () => {
    const wrong = await fetch(new URL('/api/me', harness.url), { headers: { authorization: `Bearer ${startupToken}x` } });
    const right = await harness.fetch('/api/me');

    expect(wrong.status).toBe(401);
    expect(await right.json()).toEqual({
      principal: { id: 'owner', name: 'Owner', email: 'owner@localhost', roles: ['admin'] },
      tenantId: 'default',
    });
  });
});

describe('browser sign-in', () => {
  it('turns the printed link into a cookie that signs in and does not hold the token', async () => {
    const response = await fetch(new URL(`/sign-in?token=${startupToken}&next=/api/docs`, harness.url), { redirect: 'manual' });
    const cookie = response.headers.get('set-cookie') ?? '';
    const me = await fetch(new URL('/api/me', harness.url), { headers: { cookie: cookie.split(';')[0] ?? '' } });

    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/api/docs');
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toContain(startupToken);
    expect(me.status).toBe(200);
  });

  it('takes the token from a form of our own page too, and signs out again', async () => {
    const post = (token: unknown, headers: Record<string, string> = {}) =>
      fetch(new URL('/api/session', harness.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ token }),
      });

    const large = await post('x'.repeat(20_000));
    const wrong = await post(`${startupToken}x`);
    const none = await post('');
    const odd = await post({ $ne: null });
    const foreign = await post(startupToken, { origin: 'https://evil.example' });
    const right = await post(startupToken, { origin: harness.url });
    const cookie = right.headers.get('set-cookie') ?? '';
    const value = cookie.split(';')[0] ?? '';
    const me = await fetch(new URL('/api/me', harness.url), { headers: { cookie: value } });
    const out = await fetch(new URL('/api/session', harness.url), { method: 'DELETE', headers: { cookie: value } });

    expect([wrong.status, none.status, odd.status, foreign.status, right.status]).toEqual([401, 401, 422, 403, 200]);
    expect(await large.json()).toMatchObject({ code: 'body-too-large', status: 413, detail: expect.stringContaining('10000 bytes') });
    expect(await wrong.json()).toMatchObject({ code: 'not-signed-in' });
    for (const refused of [wrong, none, odd, foreign]) expect(refused.headers.get('set-cookie')).toBeNull();
    expect(cookie).toMatch(/HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly/);
    expect(cookie).not.toContain(startupToken);
    expect(await right.json()).toEqual(await me.json());
    expect(out.headers.get('set-cookie')).toMatch(/^astraforge_session=;.*Expires=Thu, 01 Jan 1970/);
    expect(await out.json()).toEqual({ status: 'signed-out' });
  });

  it('ends the session itself when it signs out: a copy of the cookie opens nothing, other sessions stay', async () => {
    const signIn = async () => {
      const response = await fetch(new URL(`/sign-in?token=${startupToken}`, harness.url), { redirect: 'manual' });
      return response.headers.get('set-cookie')?.split(';')[0] ?? '';
    };
    const call = (path: string, cookie: string, method = 'GET') => fetch(new URL(path, harness.url), { method, headers: { cookie } });
    const mine = await signIn();
    const other = await signIn();
    const before = await call('/api/me', mine);

    const out = await call('/api/session', mine, 'DELETE');
    const again = await call('/api/session', mine, 'DELETE');
    const after = await Promise.all(['/api/me', '/api/requests', '/api/stream?changes=true'].map((path) => call(path, mine)));

    expect([before.status, out.status, again.status]).toEqual([200, 200, 200]);
    expect(after.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect((await call('/api/me', other)).status).toBe(200);
  });

  it('closes the streams of a session that signs out', async () => {
    const signedIn = await fetch(new URL(`/sign-in?token=${startupToken}`, harness.url), { redirect: 'manual' });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const stream = await fetch(new URL('/api/stream?changes=true', harness.url), { headers: { cookie } });
    const closed = stream.text().then(
      () => 'ended',
      () => 'cut',
    );

    await fetch(new URL('/api/session', harness.url), { method: 'DELETE', headers: { cookie } });

    expect(stream.status).toBe(200);
    expect(await closed).toBe('cut');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/.//evil.example'])('never goes on to %s', async (next) => {
    const response = await fetch(new URL(`/sign-in?token=${startupToken}&next=${encodeURIComponent(next)}`, harness.url), {
      redirect: 'manual',
    });

    expect(response.headers.get('location')).toBe('/');
  });

  it('refuses a forged or expired cookie', async () => {
    const soon = Date.now() + 60_000;
    for (const value of [`${soon}.forged`, `${soon}.id.forged`, '1.x', 'x', `1.id.${'a'.repeat(43)}`, '']) {
      const me = await fetch(new URL('/api/me', harness.url), { headers: { cookie: `astraforge_session=${value}` } });

      expect(me.status).toBe(401);
    }
  });
});

describe('Host and Origin', () => {
  const authorization = `Bearer ${startupToken}`;

  it('refuses a foreign host name (DNS rebinding)', async () => {
    expect((await rawGet('/api/me', { authorization, host: 'evil.example' })).status).toBe(403);
    expect((await rawGet('/api/me', { authorization, host: 'localhost:1234' })).status).toBe(200);
  });

  it('refuses pages of other origins, other ports of the same host included', async () => {
    const { host } = new URL(harness.url);

    expect((await rawGet('/api/me', { authorization, host, origin: 'https://evil.example' })).status).toBe(403);
    expect((await rawGet('/api/me', { authorization, host, origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await rawGet('/api/me', { authorization, host, origin: 'null' })).status).toBe(403);
    expect((await rawGet('/api/me', { authorization, host, origin: `http://${host}` })).status).toBe(200);
    expect((await rawGet('/api/requests', { authorization, host, 'sec-fetch-site': 'same-site' }, 'POST')).status).toBe(403);
  });
});

describe('answers', () => {
  it('carries security headers everywhere', async () => {
    for (const path of ['/healthz', '/api/me', '/nothing']) {
      const { headers } = await harness.fetch(path);

      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('names what a path takes, and what does not exist', async () => {
    const deleted = await harness.fetch('/api/projects', { method: 'DELETE' });
    const nothing = await harness.fetch('/api/nothing');

    expect(deleted.status).toBe(405);
    expect(deleted.headers.get('allow')).toBe('POST, GET, HEAD');
    expect(nothing.status).toBe(404);
    expect(await nothing.json()).toMatchObject({ code: 'not-found', status: 404 });
  });

  it('tolerates trailing slashes', async () => {
    expect((await harness.fetch('/api/requests/')).status).toBe(200);
    expect((await harness.fetch('/api/merge-requests/')).status).toBe(200);
  });

  it('serves health, readiness and the documentation without sign-in', async () => {
    const health = await fetch(new URL('/healthz', harness.url));
    const ready = await fetch(new URL('/readyz', harness.url));
    const docs = await fetch(new URL('/api/docs/', harness.url));
    const asset = await fetch(new URL('/api/docs/swagger-ui-bundle.js', harness.url));
    const other = await fetch(new URL('/api/docs/package.json', harness.url));

    expect(await health.json()).toEqual({ status: 'ok' });
    expect(await ready.json()).toEqual({ status: 'ok', parts: { database: 'ok', temporal: 'ok' } });
    expect(await docs.text()).toContain('/api/docs/swagger-ui-bundle.js');
    expect(docs.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(asset.headers.get('content-type')).toContain('javascript');
    expect(other.status).toBe(404);
  });
});
