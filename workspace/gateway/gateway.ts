import { eq, sql } from 'drizzle-orm';
import http, { type Server } from 'node:http';
import type { Logger } from '../../config/logger.ts';
import type { ArtifactStore } from '../../db/artifacts/port.ts';
import type { Database } from '../../db/port.ts';
import type { RunLog } from '../../db/run-log/port.ts';
import { hasCalledModel } from '../../db/llm-calls.ts';
import type { SecretKeys } from '../../db/project-secrets.ts';
import { projects, requests } from '../../db/schema.ts';
import { createDoor, type DoorRoute } from './door.ts';
import { createEgress } from './egress/connect.ts';
import { createDatabaseAccess } from './files/access.ts';
import { createFilesRoute } from './files/handler.ts';
import { handleGitHttp } from './git/http-backend.ts';
import { removeLeftFolders } from './git/left-files.ts';
import { runRepositoryPath } from './git/names.ts';
import type { RepositoryKey, RepositorySource } from './git/port.ts';
import { createCommandLog, type CommandLog } from './git/command-log.ts';
import { createGitService } from './git/service.ts';
import { createGitServiceRoutes } from './git/service-routes.ts';
import { pathOf, sendError, sendJson } from './http.ts';
import { createLfsRoute, lfsPath } from './lfs/handler.ts';
import { listenOnAddress, stopServer } from './listen.ts';
import { createDatabaseLedger } from './llm/call-ledger.ts';
import { createLlmHandler } from './llm/handler.ts';
import type { ModelAllowlist } from './llm/refusal.ts';
import type { Upstream } from './llm/upstream.ts';
import { createSecretsRoute } from './secrets/handler.ts';
import { createSecretVault, type SecretVault } from './secrets/vault.ts';
import { createSetupRoute } from './setup/handler.ts';
import { createSnapshotStore } from './setup/store.ts';
import { createSubmodulesRoute, submodulesPath } from './submodules/handler.ts';
import type { SubmoduleProject } from './submodules/handler.ts';
import { createShares } from './shares.ts';
import { createDatabaseResolver, type WorkspaceGrant } from './workspace-resolver.ts';

export interface GatewayOptions {
  database: Database;
  artifacts: ArtifactStore;
  runLog: RunLog;
  upstream: Upstream;
  allowlist: ModelAllowlist;
  /** The present key, then those before it. */
  runTokenKeys: readonly string[];
  serviceKey: string;
  /** Keys of projects' secrets. */
  projectSecretKeys: SecretKeys;
  mirrorsDir: string;
  runsDir: string;
  /** Snapshots of setups: where, most bytes of one, and of all. */
  snapshots: { dir: string; maxBytes: number; maxTotalBytes: number };
  /** By which gateways that share those folders take turns. */
  locksDir: string;
  /** Most bytes of one push. */
  maxPushBytes: number;
  /** Where workspaces come in: a Unix socket's path. */
  doorSocket: string;
  /** Where the control plane comes in: `unix:/path` or `http://host:port`. */
  serviceUrl: string;
  logger: Logger;
}

export interface Gateway {
  /** Takes nothing new, lets what runs end for `graceMs`, then cuts it: agents retry. Settles model calls before it resolves. */
  stop(graceMs: number): Promise<void>;
}

/** Builds the door and the service door and listens on both. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { database, artifacts, logger } = options;
  const llm = createLlmHandler({
    upstream: options.upstream,
    ledger: createDatabaseLedger(database, { logger }),
    allowlist: options.allowlist,
    logger,
  });
  const vault = createSecretVault(database, options.projectSecretKeys);
  const projectOf = async (grant: WorkspaceGrant) => (await projectOfWorkspace(database, grant))?.projectId ?? null;
  const snapshots = createSnapshotStore({ ...options.snapshots, logger });
  void snapshots.tidy();
  void removeLeftFolders(logger);
  const door = createDoor({
    runTokenKeys: options.runTokenKeys,
    resolver: createDatabaseResolver(database),
    shares: createShares(),
    llm: llm.handle,
    git: createGitRoute(options),
    files: createFilesRoute({ artifacts, access: createDatabaseAccess(database), logger }),
    secrets: createSecretsRoute({ vault, projectOf, logger }),
    setup: createSetupRoute({
      store: snapshots,
      projectOf,
      hasCalledModel: (grant) => database.withTenant(grant.tenantId, (tx) => hasCalledModel(tx, grant)),
      logger,
    }),
    egress: createEgress({ logger }),
    logger,
  });
  const commands = createCommandLog({ database, runLog: options.runLog, logger });
  const service = createServiceServer(options, commands, vault);
  await listenOnAddress(door, `unix:${options.doorSocket}`);
  try {
    await listenOnAddress(service, options.serviceUrl);
  } catch (error) {
    await stopServer(door, 0);
    throw error;
  }
  logger.info('gateway listening', { door: options.doorSocket, service: options.serviceUrl, upstream: options.upstream.name });
  return {
    async stop(graceMs) {
      await Promise.all([stopServer(door, graceMs), stopServer(service, graceMs)]);
      await Promise.all([llm.drain(), commands.drain()]);
    },
  };
}

/** `/git/run.git/*` onto the bare repository of the run that the workspace is at work for, its LFS store and its submodules. */
function createGitRoute({ runsDir, mirrorsDir, locksDir, maxPushBytes, database, logger }: GatewayOptions): DoorRoute {
  const lfs = createLfsRoute({ source: async (grant) => (await projectOfWorkspace(database, grant))?.source ?? null, logger });
  const submodules = createSubmodulesRoute({
    runsDir,
    mirrorsDir,
    locksDir,
    project: (grant) => projectOfWorkspace(database, grant),
    logger,
  });
  return async (request, response, grant) => {
    const path = pathOf(request.url) ?? '';
    if (path.startsWith(lfsPath)) return lfs(request, response, grant);
    if (path.startsWith(submodulesPath)) return submodules(request, response, grant);
    return handleGitHttp(request, response, {
      repositoryPath: runRepositoryPath(runsDir, grant.runId),
      maxInputBytes: maxPushBytes,
      onError: (message) => logger.warn('git http backend complained', { runId: grant.runId, complaint: message }),
    });
  };
}

function createServiceServer(options: GatewayOptions, commands: CommandLog, vault: SecretVault): Server {
  const { database, artifacts, logger, serviceKey, mirrorsDir, runsDir, locksDir } = options;
  const service = createGitService({
    mirrorsDir,
    runsDir,
    locksDir,
    artifacts,
    resolveSource: (key) => readSource(database, key),
    // What cannot be read was given to nobody since its key was lost.
    secretsOf: async (key) => (await vault.open(key)).secrets,
    onCommand: commands.report,
  });
  const serve = createGitServiceRoutes({ service, serviceKey, logger });
  return http.createServer({ requestTimeout: 0 }, (request, response) => {
    if (request.method === 'GET' && request.url === '/healthz')
      return sendJson(response, 200, { status: 'ok', upstream: options.upstream.name });
    serve(request, response)
      .then((served) => served || sendError(response, 404, 'unknown-route', 'The gateway has no such service route.'))
      .catch((error: unknown) => {
        logger.error('service request failed', { error: String(error) });
        sendError(response, 500, 'gateway-error', 'The gateway failed to serve this call. Try again; its log tells more.');
      });
  });
}

async function readSource(database: Database, key: RepositoryKey): Promise<RepositorySource | null> {
  const rows = await database.withTenant(key.tenantId, (tx) =>
    tx
      .select({ kind: projects.repositoryKind, url: projects.repositoryUrl })
      .from(projects)
      .where(eq(projects.projectId, key.projectId))
      .limit(1),
  );
  return rows[0] ?? null;
}

/** The project that a workspace is of: its request's, or the one that it was made for before there was a request. */
async function projectOfWorkspace(
  database: Database,
  { tenantId, requestId, projectId }: Pick<WorkspaceGrant, 'tenantId' | 'requestId' | 'projectId'>,
): Promise<SubmoduleProject | null> {
  const ofRequest = sql`(select ${requests.projectId} from ${requests} where ${requests.requestId} = ${requestId})`;
  const [row] = await database.withTenant(tenantId, (tx) =>
    tx
      .select({
        projectId: projects.projectId,
        kind: projects.repositoryKind,
        url: projects.repositoryUrl,
        settings: projects.settings,
      })
      .from(projects)
      .where(eq(projects.projectId, sql`coalesce(${ofRequest}, ${projectId})`))
      .limit(1),
  );
  if (!row) return null;
  return { projectId: row.projectId, source: { kind: row.kind, url: row.url }, submodules: row.settings.submodules ?? [] };
}
