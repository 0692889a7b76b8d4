import type { Response, Router } from 'express';
import { listActivity } from '../../db/activity.ts';
import { endSession } from '../../db/ended-sessions.ts';
import { getPrincipal, listPrincipals } from '../../db/principals.ts';
import { isSameSecret, issueSession, readCookie, readSession, sessionCookie } from '../auth/session.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limits } from '../limits.ts';
import { mount, mountRaw } from '../mount.ts';
import * as operations from '../operations/people.ts';
import { refuse } from '../problem.ts';
import { showActivity } from '../views.ts';

/** Who the caller and the others are, who did what, and what there is to choose from. */
export function peopleRoutes(router: Router, deps: ApiDependencies): void {
  const { database } = deps;

  mount(router, operations.getMe, ({ principal }) => {
    const { tenantId, ...person } = principal;
    return Promise.resolve({ status: 200, body: { principal: person, tenantId } });
  });

  mount(router, operations.listActivity, async ({ query, principal }) => {
    const page = await database.withTenant(principal.tenantId, (tx) => listActivity(tx, query));
    return { status: 200, body: { ...page, items: page.items.map(showActivity) } };
  });

  mount(router, operations.listPeople, async ({ principal }) => {
    const people = await database.withTenant(principal.tenantId, (tx) => listPrincipals(tx, limits.peopleMax));
    return { status: 200, body: { items: people.map(({ id, name, roles }) => ({ id, name, roles })) } };
  });

  mount(router, operations.getOptions, async () => {
    const { executors, defaultExecutor, models, efforts, forges, egressPresets, temporalUi, warnings } = deps;
    const lists = { executors, models, efforts, forges, egressPresets, warnings };
    const copies = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, [...list]])) as Record<
      keyof typeof lists,
      string[]
    >;
    const demoModel = (await deps.modelUpstream()) === 'demo';
    return { status: 200, body: { ...copies, defaultExecutor, demoModel, temporalUi: temporalUi?.url ?? null } };
  });
}

/** How a browser signs in and out. The start-up token is all that is asked for; the cookie never holds it. */
export function sessionRoutes(router: Router, { database, identity, publicUrl }: ApiDependencies): void {
  const cookie = { httpOnly: true, sameSite: 'strict', secure: publicUrl.startsWith('https:'), path: '/' } as const;

  function signIn(response: Response, token: string, refusal: string): void {
    if (!isSameSecret(token, identity.startupToken)) throw refuse('not-signed-in', refusal);
    const session = issueSession(identity.startupToken, Date.now());
    response.cookie(sessionCookie, session.value, { ...cookie, maxAge: session.maxAgeSeconds * 1000 });
  }

  mountRaw(router, operations.signIn, ({ query, response }) => {
    signIn(response, query.token, 'This link is not valid any more; take the one that the start printed last.');
    response.redirect(303, localPath(query.next));
  });

  mount(router, operations.createSession, async ({ body, response }) => {
    signIn(response, body.token, 'This is not the token of this installation; take the one that the start printed last.');
    const principal = await database.withTenant(identity.tenantId, (tx) => getPrincipal(tx, identity.principalId));
    if (!principal) throw refuse('forbidden', 'The person behind this token is gone; start again.');
    const { tenantId, ...person } = principal;
    return { status: 200, body: { principal: person, tenantId } };
  });

  mount(router, operations.endSession, async ({ request, response }) => {
    const { startupToken, tenantId } = identity;
    const session = readSession(startupToken, readCookie(request.headers.cookie, sessionCookie) ?? '', Date.now());
    // Before the cookie goes: whoever kept a copy of it must not get in with it.
    if (session) await database.withTenant(tenantId, (tx) => endSession(tx, { tenantId, ...session }));
    response.clearCookie(sessionCookie, cookie);
    return { status: 200, body: { status: 'signed-out' as const } };
  });
}

/** Only a path of our own: never another site, however it is spelled. */
function localPath(next: string | undefined): string {
  const base = 'http://local.invalid';
  if (next === undefined || !next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  // `//host` and `/\host` parse to another origin, and a path may still begin with two slashes after `/.//`.
  return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}
