import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { DoorRoute } from '../door.ts';
import type { RepositorySource } from '../git/port.ts';
import { checkSource } from '../git/source.ts';
import { pathOf, readBody } from '../http.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import { createFolderLfsStore } from './folder-store.ts';
import { createRemoteLfsStore } from './remote-store.ts';
import { LfsObject } from './store.ts';
import type { LfsStore } from './store.ts';

/** Below the run's repository: where git LFS looks by itself. */
export const lfsPath = '/git/run.git/info/lfs/';

const maxBatchBytes = 1024 ** 2;
const objectPath = /^objects\/([0-9a-f]{64})\/(\d{1,15})$/;
const Batch = z.object({ operation: z.string(), objects: z.array(LfsObject).max(1000) });

export interface LfsOptions {
  /** The source of the repository that a workspace is at work for; null when its project is gone. */
  source(grant: WorkspaceGrant): Promise<RepositorySource | null>;
  logger: Logger;
}

/**
 * Git LFS's batch API for reading (https://github.com/git-lfs/git-lfs/tree/main/docs/api), for the run's own repository and no other.
 * Objects pass through the gateway, so that neither their address nor its credentials get into a workspace.
 */
export function createLfsRoute(options: LfsOptions): DoorRoute {
  return async function lfs(request, response, grant) {
    const rest = (pathOf(request.url) ?? '').slice(lfsPath.length);
    try {
      const object = objectPath.exec(rest);
      if (request.method === 'POST' && rest === 'objects/batch') return await answerBatch(request, response, () => storeOf(options, grant));
      if (request.method === 'GET' && object)
        return await sendObject(response, await storeOf(options, grant), { oid: object[1] ?? '', size: Number(object[2]) });
      refuse(response, 404, 'The gateway serves objects of git LFS for reading only: no locks, no upload.');
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      options.logger.warn('lfs refused', { runId: grant.runId, code: error.code, error: messageOf(error) });
      refuse(response, error.code === 'body-too-large' ? 413 : error.kind === 'transient' ? 502 : 404, error.message);
    }
  };
}

async function storeOf(options: LfsOptions, grant: WorkspaceGrant): Promise<LfsStore> {
  const source = await options.source(grant);
  if (source?.kind !== 'git') {
    const what = source ? 'a folder without git has no LFS store' : 'the project of this run is gone';
    throw new DomainError('permanent', 'lfs-none', `lfs: ${what}; register a repository to use LFS`);
  }
  const checked = checkSource(source, true);
  if (checked.kind === 'folder' || checked.path !== null) return createFolderLfsStore(checked.path ?? source.url);
  return createRemoteLfsStore(checked.url);
}

async function answerBatch(request: IncomingMessage, response: ServerResponse, open: () => Promise<LfsStore>): Promise<void> {
  const batch = Batch.safeParse(parseJson(await readBody(request, maxBatchBytes)));
  if (!batch.success) return refuse(response, 422, 'This is no batch of git LFS: it needs an operation and at most 1000 objects.');
  if (batch.data.operation !== 'download')
    return refuse(response, 403, 'LFS is read-only here: what a run makes goes into its commits. Keep new large files out of LFS.');
  const missing = await (await open()).missing(batch.data.objects);
  const host = /^[A-Za-z0-9.:[\]-]{1,255}$/.exec(request.headers.host ?? '')?.[0] ?? '127.0.0.1';
  const objects = batch.data.objects.map(({ oid, size }) => {
    const reason = missing.get(oid);
    if (reason !== undefined) return { oid, size, error: { code: 404, message: reason } };
    return { oid, size, authenticated: true, actions: { download: { href: `http://${host}${lfsPath}objects/${oid}/${size}` } } };
  });
  send(response, 200, { transfer: 'basic', objects });
}

async function sendObject(response: ServerResponse, store: LfsStore, object: LfsObject): Promise<void> {
  const content = await store.open(object);
  if (!content) {
    const reason = (await store.missing([object])).get(object.oid);
    return refuse(response, 404, reason ?? 'This object is gone; try again.');
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': object.size, 'cache-control': 'no-store' });
  // Either side may go away in the middle: the client sees an answer that is too short.
  await pipeline(content, response).catch(() => response.destroy());
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, { message });
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/vnd.git-lfs+json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(bytes);
}
