import { Router, type Request, type Response } from 'express';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { Operation } from '../operations/operation.ts';
import { refuse } from '../problem.ts';
import { holdsRole, type RoleRule } from './rules.ts';
import { isSameSecret, readCookie, readSession, sessionCookie, type Session } from './session.ts';

export interface Identity {
  startupToken: string;
  /** Whom the token stands for, read anew each time so that roles are current. */
  findPrincipal: () => Promise<Principal>;
  /** True for a session that was signed out. */
  isEnded: (sessionId: string) => Promise<boolean>;
  /** How often an open event stream is asked whether its session still holds, in ms. */
  recheckMs: number;
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
    router[operation.method](operation.path, async (request: Request, response: Response, next: (error?: unknown) => void) => {
      const rule = rules[operation.id];
      if (rule === undefined) throw refuse('forbidden', 'No rule allows this operation.');
      if (rule !== 'public') {
        const caller = await admit(request, rule, identity);
        if (caller !== 'token' && operation.produces === 'text/event-stream') endWithSession(response, caller, identity);
      }
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

async function admit(request: Request, rule: Exclude<RoleRule, 'public'>, identity: Identity): Promise<Caller> {
  const caller = callerOf(request.headers, identity.startupToken);
  if (caller === null || !(await holds(caller, identity))) {
    throw refuse('not-signed-in', 'Sign in first: send the start-up token as `Authorization: Bearer`, or open the printed link.');
  }
  const principal = await identity.findPrincipal();
  if (!holdsRole(principal.roles, rule)) throw refuse('forbidden', `This needs the role ${rule}; ask an admin for it.`);
  principals.set(request, principal);
  return caller;
}

/** Who calls: a program with the start-up token, or a browser with a session. */
type Caller = 'token' | Session;

function callerOf(headers: Request['headers'], startupToken: string): Caller | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return isSameSecret(bearer, startupToken) ? 'token' : null;
  const value = readCookie(headers.cookie, sessionCookie);
  return value === null ? null : readSession(startupToken, value, Date.now());
}

async function holds(caller: Caller, identity: Identity): Promise<boolean> {
  return caller === 'token' || (caller.expiresAtMs > Date.now() && !(await identity.isEnded(caller.sessionId)));
}

/**
 * True when the request carries the start-up token or a session that it vouches for, signed out or not: enough to render a page,
 * whose data the guard refuses to a session that was ended.
 */
export function isVouchedFor(headers: Request['headers'], startupToken: string): boolean {
  return callerOf(headers, startupToken) !== null;
}

/** Closes a stream soon after its session has ended, wherever that was: its reader asks again and is refused. */
function endWithSession(response: Response, session: Session, identity: Identity): void {
  const timer = setInterval(() => {
    void holds(session, identity).then(
      (isOpen) => isOpen || response.destroy(),
      // A database that is away says nothing about the session; the next round asks again.
      () => undefined,
    );
  }, identity.recheckMs);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}
