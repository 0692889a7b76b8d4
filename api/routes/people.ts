import type { Router } from 'express';
import { listActivity } from '../../db/activity.ts';
import { isSameSecret, issueSession, sessionCookie } from '../auth/session.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { mount, mountRaw } from '../mount.ts';
import { getMe, listActivity as listActivityOperation, signIn } from '../operations/others.ts';
import { refuse } from '../problem.ts';
import { showActivity } from '../views.ts';

/** Who the caller is, how a browser signs in, and who did what. */
export function peopleRoutes(router: Router, { database, identity, publicUrl }: ApiDependencies): void {
  mount(router, getMe, ({ principal }) => {
    const { tenantId, ...person } = principal;
    return Promise.resolve({ status: 200, body: { principal: person, tenantId } });
  });

  mount(router, listActivityOperation, async ({ query, principal }) => {
    const page = await database.withTenant(principal.tenantId, (tx) => listActivity(tx, query));
    return { status: 200, body: { ...page, items: page.items.map(showActivity) } };
  });

  mountRaw(router, signIn, ({ query, response }) => {
    if (!isSameSecret(query.token, identity.startupToken)) {
      throw refuse('not-signed-in', 'This link is not valid any more; take the one that the start printed last.');
    }
    const session = issueSession(identity.startupToken, Date.now());
    const maxAge = session.maxAgeSeconds * 1000;
    response.cookie(sessionCookie, session.value, {
      httpOnly: true,
      sameSite: 'strict',
      secure: publicUrl.startsWith('https:'),
      path: '/',
      maxAge,
    });
    response.redirect(303, localPath(query.next));
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
