import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { DoorRoute } from '../door.ts';
import { pathOf, readBody, sendError, sendJson } from '../http.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import type { ArtifactAccess } from './access.ts';

export interface FilesOptions {
  artifacts: ArtifactStore;
  access: ArtifactAccess;
  logger: Logger;
  /** Most that one session may weigh, in bytes. */
  maxSessionBytes?: number;
}

const artifactPath = /^\/files\/artifacts\/([A-Za-z0-9._-]{1,200})$/;

/** `GET /files/artifacts/<id>` of the workspace's own request; `PUT /files/session` -> `{artifactId}`. */
export function createFilesRoute(options: FilesOptions): DoorRoute {
  return async function files(request, response, grant) {
    const path = pathOf(request.url) ?? '';
    const artifactId = artifactPath.exec(path)?.[1];
    if (artifactId !== undefined && request.method === 'GET') return sendArtifact(options, response, grant, artifactId);
    if (path === '/files/session' && request.method === 'PUT') return takeSession(options, request, response, grant);
    sendError(response, 404, 'unknown-route', 'The gateway serves GET /files/artifacts/<id> and PUT /files/session only.');
  };
}

async function sendArtifact(
  { artifacts, access, logger }: FilesOptions,
  response: ServerResponse,
  grant: WorkspaceGrant,
  artifactId: string,
): Promise<void> {
  const found = (await access.mayRead(grant, artifactId)) ? await artifacts.get(grant.tenantId, artifactId) : null;
  if (!found) {
    logger.warn('artifact refused', { workspaceId: grant.workspaceId, artifactId });
    return sendError(response, 404, 'artifact-unknown', 'This request has no such artifact.');
  }
  response.writeHead(200, {
    'content-type': /^[\w.+-]+\/[\w.+-]+$/.test(found.mediaType) ? found.mediaType : 'application/octet-stream',
    'content-length': found.bytes.byteLength,
    etag: `"${found.sha256}"`,
    'cache-control': 'no-store',
  });
  response.end(found.bytes);
}

async function takeSession(
  options: FilesOptions,
  request: IncomingMessage,
  response: ServerResponse,
  grant: WorkspaceGrant,
): Promise<void> {
  try {
    const bytes = await readBody(request, options.maxSessionBytes ?? 256 * 1024 * 1024);
    if (bytes.length === 0) return sendError(response, 400, 'session-empty', 'The session file is empty.');
    const { artifactId } = await options.artifacts.put(grant.tenantId, { kind: 'session', mediaType: 'application/x-ndjson', bytes });
    sendJson(response, 201, { artifactId });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    options.logger.warn('session refused', { workspaceId: grant.workspaceId, code: error.code, error: messageOf(error) });
    const status = error.code.endsWith('too-large') ? 413 : error.kind === 'transient' ? 503 : 400;
    sendError(response, status, error.code, error.message);
  }
}
