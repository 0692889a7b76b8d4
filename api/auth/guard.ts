import { Router, type Request, type Response } from 'express';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { Operation } from '../operations/operation.ts';
import { refuse } from '../problem.ts';
import { holdsRole, type RoleRule } from './rules.ts';
import { isSameSecret, isSession, readCookie, sessionCookie } from './session.ts';

export interface Identity {
  startupToken: string;
  /** Whom the token stands for, read anew each time so that roles are current. */
  findPrincipal: () => Promise<Principal>;
}

const principals = new WeakMap<Request, Principal>();

/** The caller of a request that passed the guard. */
export function principalOf(request: Request): Principal {
  const principal = principals.get(request);
  if (!principal) throw new Error('no principal: the route is public');
  return principal;
}

/**
 * Stands before every route and denies by default: a path without an operation is 404, an operation without a rule is 403,
 * any other needs a signed-in principal with the role of its rule.
 */
export function guard(operations: readonly Operation[], rules: Readonly<Record<string, RoleRule>>, identity: Identity): Router {
  const router = Router();
  for (const operation of operations) {
    router[operation.method](operation.path, async (request: Request, _response: Response, next: (error?: unknown) => void) => {
      const rule = rules[operation.id];
      if (rule === undefined) throw refuse('forbidden', 'No rule allows this operation.');
      if (rule !== 'public') await admit(request, rule, identity);
      next('router');
    });
  }
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const methods = operations.filter((operation) => operation.path === path).map((operation) => operation.method.toUpperCase());
    router.all(path, (_request, response) => {
      response.setHeader('Allow', methods.includes('GET') ? [...methods, 'HEAD'].join(', ') : methods.join(', '));
      throw refuse('method-not-allowed', `This path takes ${methods.join(', ')} only.`);
    });
  }
  router.use((request) => {
    throw refuse('not-found', `There is nothing at ${request.path}; /api/docs lists what there is.`);
  });
  return router;
}

async function admit(request: Request, rule: Exclude<RoleRule, 'public'>, identity: Identity): Promise<void> {
  if (!isSignedIn(request.headers, identity.startupToken)) {
    throw refuse('not-signed-in', 'Sign in first: send the start-up token as `Authorization: Bearer`, or open the printed link.');
  }
  const principal = await identity.findPrincipal();
  if (!holdsRole(principal.roles, rule)) throw refuse('forbidden', `This needs the role ${rule}; ask an admin for it.`);
  principals.set(request, principal);
}

/** True when the request carries the start-up token or a session that it vouches for. */
export function isSignedIn(headers: Request['headers'], startupToken: string): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return isSameSecret(bearer, startupToken);
  const session = readCookie(headers.cookie, sessionCookie);
  return session !== null && isSession(startupToken, session, Date.now());
}
