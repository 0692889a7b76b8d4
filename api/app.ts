import express, { Router, type Express } from 'express';
import { isSessionEnded } from '../db/ended-sessions.ts';
import { getPrincipal } from '../db/principals.ts';
import { guard } from './auth/guard.ts';
import { securityHeaders, warningHeaders } from './auth/headers.ts';
import { checkOrigin } from './auth/origin.ts';
import { roleRules } from './auth/rules.ts';
import type { ApiDependencies } from './dependencies.ts';
import { operations } from './operations/index.ts';
import { problemHandler, refuse } from './problem.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { chatRoutes } from './routes/chat.ts';
import { docsRoutes } from './routes/docs.ts';
import { healthRoutes } from './routes/health.ts';
import { mergeRequestRoutes } from './routes/merge-requests.ts';
import { overviewRoutes } from './routes/overview.ts';
import { peopleRoutes, sessionRoutes } from './routes/people.ts';
import { projectSecretRoutes } from './routes/project-secrets.ts';
import { projectRoutes } from './routes/projects.ts';
import { promptTemplateRoutes } from './routes/prompt-templates.ts';
import { recoveryRoutes } from './routes/recovery.ts';
import { requestRoutes } from './routes/requests.ts';
import { runRoutes } from './routes/runs.ts';

/** Every route of the API, behind the guard. */
export function apiRoutes(deps: ApiDependencies): Router {
  const router = Router();
  healthRoutes(router, deps);
  docsRoutes(router);
  peopleRoutes(router, deps);
  sessionRoutes(router, deps);
  overviewRoutes(router, deps);
  promptTemplateRoutes(router, deps);
  projectRoutes(router, deps);
  projectSecretRoutes(router, deps);
  requestRoutes(router, deps);
  runRoutes(router, deps);
  mergeRequestRoutes(router, deps);
  attachmentRoutes(router, deps);
  chatRoutes(router, deps);
  recoveryRoutes(router, deps);
  return router;
}

/** The whole app: headers, Host and Origin, pages, guard, routes, problems. */
export function createApp(deps: ApiDependencies): Express {
  const { startupToken, tenantId, principalId } = deps.identity;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(securityHeaders());
  app.use(warningHeaders(deps.warnings));
  app.use(checkOrigin(deps));
  if (deps.web) app.use(deps.web);
  app.use(
    guard(operations, roleRules, {
      startupToken,
      async findPrincipal() {
        const principal = await deps.database.withTenant(tenantId, (tx) => getPrincipal(tx, principalId));
        if (!principal) throw refuse('forbidden', 'The person behind this token is gone; start again.');
        return principal;
      },
      isEnded: (sessionId) => deps.database.withTenant(tenantId, (tx) => isSessionEnded(tx, sessionId)),
      recheckMs: deps.sessionRecheckMs,
    }),
  );
  app.use(apiRoutes(deps));
  app.use(problemHandler(deps.logger));
  return app;
}
