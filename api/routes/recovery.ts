import type { Router } from 'express';
import type { ApiDependencies } from '../dependencies.ts';
import { mount } from '../mount.ts';
import * as operations from '../operations/recovery.ts';
import { rehydrateRequests } from '../rehydrate.ts';

/** What an operator does after a loss. */
export function recoveryRoutes(router: Router, deps: ApiDependencies): void {
  mount(router, operations.rehydrateRequests, async ({ body, principal }) => {
    return { status: 200, body: { items: await rehydrateRequests(deps, principal, body.requestIds) } };
  });
}
