import { randomUUID } from 'node:crypto';
import { resolve as absolute } from 'node:path';
import { loadConfig, required } from '../../config/env.ts';
import { exitWithParent } from '../../config/exit-with-parent.ts';
import { loadOrCreateKeys, loadPreviousRunTokenKey, loadProjectSecretKeys } from '../../config/keys.ts';
import { createLogger } from '../../config/logger.ts';
import { ensureSocketFolder } from '../../config/paths.ts';
import { createPostgresArtifactStore } from '../../db/artifacts/postgres.ts';
import { createPostgresRunLog } from '../../db/run-log/postgres.ts';
import { openDatabase } from '../../db/database.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { folderIdOf } from './fleet/folder-id.ts';
import { joinGateways } from './fleet/membership.ts';
import { startGateway } from './gateway.ts';
import { createUpstream, upstreamName, type UpstreamSettings } from './llm/registry.ts';

const stopGraceMs = 3_000;
const connectTimeoutMs = 15_000;

/** Composition root of the gateway process: the door of workspaces and the service door of the control plane. */
async function main(): Promise<void> {
  exitWithParent();
  const stopRequested = new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
  const config = loadConfig();
  const logger = createLogger('gateway', { level: config.LOG_LEVEL });
  const { DATABASE_URL, DATABASE_DIRECT_URL } = required(config, 'DATABASE_URL', 'DATABASE_DIRECT_URL');
  const keys = await loadOrCreateKeys(config.paths.keys);
  const previousKey = await loadPreviousRunTokenKey(config.paths.keys);
  ensureSocketFolder(config.paths);
  const database = await openDatabase({ url: DATABASE_URL, directUrl: DATABASE_DIRECT_URL, logger });
  const folderId = await folderIdOf(config.paths.gatewayFolderId);
  const settings: UpstreamSettings = {
    apiKey: config.OPENAI_API_KEY ?? null,
    upstreamUrl: config.LLM_UPSTREAM_URL ?? null,
    proxyUrl: config.CODEX_WORKSPACE_PROXY_URL ?? null,
    timeouts: { connectMs: connectTimeoutMs, firstByteMs: config.LLM_TIMEOUT_MS, idleMs: config.LLM_TIMEOUT_MS },
  };
  const artifacts = createPostgresArtifactStore(database);
  const gateway = await startGateway({
    database,
    artifacts,
    runLog: createPostgresRunLog(database, artifacts, { logger }),
    upstream: createUpstream(upstreamName(settings), settings),
    allowlist: config.MODEL_ALLOWLIST.length > 0 ? config.MODEL_ALLOWLIST : [config.MODEL],
    runTokenKeys: previousKey === null ? [keys.runTokenKey] : [keys.runTokenKey, previousKey],
    serviceKey: keys.serviceKey,
    projectSecretKeys: await loadProjectSecretKeys(config.paths.keys),
    mirrorsDir: config.paths.mirrors,
    runsDir: config.paths.runs,
    snapshots: { dir: config.paths.snapshots, maxBytes: config.SETUP_SNAPSHOT_BYTES, maxTotalBytes: config.SETUP_SNAPSHOTS_BYTES },
    locksDir: config.paths.gatewayLocks,
    maxPushBytes: config.MAX_PUSH_BYTES,
    doorSocket: config.GATEWAY_DOOR_SOCKET,
    serviceUrl: config.GATEWAY_SERVICE_URL,
    logger,
  });
  // It listens by now: what the row says is true.
  const membership = joinGateways({
    database,
    gateway: {
      gatewayId: config.GATEWAY_ID,
      instance: randomUUID(),
      serviceUrl: config.GATEWAY_SERVICE_URL,
      doorSocket: absolute(config.GATEWAY_DOOR_SOCKET),
      folderId,
    },
    logger,
  });
  const why = await Promise.race([stopRequested, membership.refused]);
  logger.info('gateway stopping', { why: String(why) });
  // Whatever the database does, calls under way are ended in time.
  await Promise.all([membership.leave(), gateway.stop(stopGraceMs)]);
  await database.close();
  if (why instanceof DomainError) throw why;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`gateway: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
