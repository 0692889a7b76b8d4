import type { Logger } from '../../../config/logger.ts';
import { checkSecretsPath } from '../../../workflows/contracts/project-secret.ts';
import type { DoorRoute } from '../door.ts';
import { pathOf, sendError, sendJson } from '../http.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import type { SecretVault } from './vault.ts';

export interface SecretsOptions {
  vault: SecretVault;
  /** The project that a workspace works for; null when it is gone. */
  projectOf(grant: WorkspaceGrant): Promise<string | null>;
  logger: Logger;
}

/** `GET /secrets/checks` -> `{secrets: [{name, value}]}`, for a place that was made for checks and nobody else. */
export function createSecretsRoute({ vault, projectOf, logger }: SecretsOptions): DoorRoute {
  return async function secrets(request, response, grant) {
    if (pathOf(request.url) !== checkSecretsPath || request.method !== 'GET')
      return sendError(response, 404, 'unknown-route', `The gateway serves GET ${checkSecretsPath} only.`);
    if (grant.purpose !== 'checks') {
      logger.warn('project secrets refused', { workspaceId: grant.workspaceId, purpose: grant.purpose });
      return sendError(
        response,
        403,
        'secrets-for-checks',
        'Secrets of a project are for its checks only, which run in a place of their own.',
      );
    }
    const projectId = await projectOf(grant);
    if (projectId === null) return sendError(response, 409, 'project-unknown', 'reading the project’s secrets: the project is gone.');
    const opened = await vault.open({ tenantId: grant.tenantId, projectId });
    if (opened.unreadable.length > 0) {
      logger.error('project secrets cannot be read', { projectId, names: opened.unreadable });
      return sendError(response, 409, 'project-secret-unreadable', unreadable(opened.unreadable));
    }
    sendJson(response, 200, { secrets: opened.secrets });
  };
}

function unreadable(names: readonly string[]): string {
  return `reading the project’s secrets: ${names.join(', ')} was stored under another key than this installation has; put the file keys/project-secret-key back (as project-secret-key.previous beside a new one), or set the value again in the project’s settings`;
}
