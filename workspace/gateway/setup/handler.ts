import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { setupSnapshotsPath } from '../../../workflows/contracts/setup-snapshot.ts';
import type { DoorRoute } from '../door.ts';
import { pathOf, sendError, sendJson } from '../http.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import type { SnapshotName, SnapshotStore } from './store.ts';

export interface SetupOptions {
  store: SnapshotStore;
  /** The project that a workspace works for; null when it is gone. */
  projectOf(grant: WorkspaceGrant): Promise<string | null>;
  /** Whether the workspace has called a model: its agent may have had a word since. */
  hasCalledModel(grant: WorkspaceGrant): Promise<boolean>;
  logger: Logger;
}

/** Why a snapshot is not given or taken. */
interface Refusal {
  status: number;
  code: string;
  message: string;
}

/**
 * `GET`, `PUT` and `DELETE /setup/snapshots/<key>`: the snapshot of the workspace's own project, under the key that its run token
 * names and no other. It puts one, or throws it away, only before its agent had a word.
 */
export function createSetupRoute(options: SetupOptions): DoorRoute {
  return async function setup(request, response, grant) {
    const path = pathOf(request.url) ?? '';
    const key = path.startsWith(setupSnapshotsPath) ? path.slice(setupSnapshotsPath.length) : '';
    const isWrite = request.method === 'PUT' || request.method === 'DELETE';
    if (!isWrite && request.method !== 'GET')
      return sendError(response, 404, 'unknown-route', `The gateway serves GET, PUT and DELETE ${setupSnapshotsPath}<key> only.`);
    const projectId = await options.projectOf(grant);
    const refusal = await refuse(options, grant, { key, isWrite, projectId });
    if (refusal !== null || projectId === null) return refuseWith(options, request, response, grant, refusal ?? projectGone);
    const name: SnapshotName = { tenantId: grant.tenantId, projectId, key };
    if (request.method === 'GET') return give(options, response, name);
    if (request.method === 'PUT') return take(options, request, response, name);
    await options.store.drop(name);
    options.logger.warn('a broken snapshot of a setup was thrown away', { ...name, workspaceId: grant.workspaceId });
    response.writeHead(204).end();
  };
}

const projectGone: Refusal = { status: 409, code: 'project-unknown', message: 'setup: the project is gone.' };

async function refuse(
  options: SetupOptions,
  grant: WorkspaceGrant,
  asked: { key: string; isWrite: boolean; projectId: string | null },
): Promise<Refusal | null> {
  if (grant.setupKey !== asked.key)
    return {
      status: 403,
      code: 'setup-snapshot-foreign',
      message: 'setup: this workspace has no snapshot of that key; one where the work of an agent is checked out has none at all.',
    };
  if (asked.projectId === null) return projectGone;
  if (!asked.isWrite) return null;
  if (await options.hasCalledModel(grant))
    return { status: 409, code: 'setup-snapshot-late', message: 'setup: a snapshot is kept before the agent has a word, not after.' };
  return null;
}

/** An upload is read to its end first: whoever is still sending may not hear an answer. */
async function refuseWith(
  { logger }: SetupOptions,
  request: IncomingMessage,
  response: ServerResponse,
  { workspaceId }: WorkspaceGrant,
  { status, code, message }: Refusal,
): Promise<void> {
  logger.warn('a snapshot of a setup was refused', { workspaceId, method: request.method, code });
  await drain(request);
  sendError(response, status, code, message);
}

async function give({ store }: SetupOptions, response: ServerResponse, name: SnapshotName): Promise<void> {
  const found = await store.read(name);
  if (!found) return sendError(response, 404, 'setup-snapshot-none', 'setup: no snapshot of this key is kept.');
  response.writeHead(200, { 'content-type': 'application/zstd', 'content-length': found.sizeBytes, 'cache-control': 'no-store' });
  // Whoever hung up has no use for the rest.
  await pipeline(found.content, response).catch(() => response.destroy());
}

async function take(options: SetupOptions, request: IncomingMessage, response: ServerResponse, name: SnapshotName): Promise<void> {
  try {
    const state = await options.store.keep(name, request);
    sendJson(response, state === 'kept' ? 201 : 200, { state });
  } catch (error) {
    options.logger.warn('a snapshot of a setup was not kept', { ...name, error: messageOf(error) });
    if (!(error instanceof DomainError))
      return sendError(response, 503, 'setup-snapshot-not-kept', 'setup: the gateway could not store it.');
    sendError(response, error.code === 'setup-snapshot-too-large' ? 413 : 503, error.code, error.message);
  }
}

async function drain(request: IncomingMessage): Promise<void> {
  try {
    for await (const chunk of request) void chunk;
  } catch {
    // It hung up: nobody is left to answer.
  }
}
