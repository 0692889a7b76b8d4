import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { egressPresets } from '../config/egress-presets.ts';
import { parseProjectFile } from '../config/project-file.ts';
import { loadConfig, required, type Config } from '../config/env.ts';
import { exitWithParent, reportReady } from '../config/exit-with-parent.ts';
import { loadOrCreateKeys, loadProjectSecretKeys } from '../config/keys.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { installationWarnings } from '../config/warnings.ts';
import { createPostgresArtifactStore } from '../db/artifacts/postgres.ts';
import { openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createPostgresRunLog } from '../db/run-log/postgres.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { createGatewayDirectory } from '../workspace/gateway/fleet/directory.ts';
import { createGitClient, readUpstreamName } from '../workspace/gateway/git/client.ts';
import { createApp } from './app.ts';
import { bootstrapTenant, ownerId, tenantId } from './bootstrap.ts';
import { InboundDeliverer } from './inbox/inbound.ts';
import { InboxRelay } from './inbox/relay.ts';
import { ChangeHub } from './streams/changes.ts';
import { StreamHub } from './streams/hub.ts';
import { openWorkflowGateway, type TemporalOptions } from './temporal.ts';
import { createWeb } from './web.ts';

/** What the models behind Codex take (`turn/start.effort` of its app server). */
const reasoningEfforts = ['minimal', 'low', 'medium', 'high', 'xhigh'];

/** Open streams are cut after the first; attempts at delivery, which the relay repeats anyway, are left after the second. */
/** How soon a stream that is open notices that its session was signed out. */
const sessionRecheckMs = 15_000;
const stopGraceMs = { calls: 1_000, deliveries: 3_000 };

const webFolder = join(import.meta.dirname, '..', 'web', 'build');

/** Composition root of the API process: REST, event streams, and the relay of the inbox. */
async function main(): Promise<void> {
  exitWithParent();
  const stopRequested = new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
  const config = loadConfig();
  const logger = createLogger('api', { level: config.LOG_LEVEL });
  const { DATABASE_URL, DATABASE_DIRECT_URL, TEMPORAL_ADDRESS } = required(
    config,
    'DATABASE_URL',
    'DATABASE_DIRECT_URL',
    'TEMPORAL_ADDRESS',
  );
  const keys = await loadOrCreateKeys(config.paths.keys);
  await migrate({ directUrl: DATABASE_DIRECT_URL, logger });
  const database = await openDatabase({ url: DATABASE_URL, directUrl: DATABASE_DIRECT_URL, logger });
  await bootstrapTenant(database, config.TENANT_SLOTS);
  const artifacts = createPostgresArtifactStore(database);
  const runLog = createPostgresRunLog(database, artifacts, { logger });
  const workflows = openWorkflowGateway(await temporalOptions(config, TEMPORAL_ADDRESS));
  const configured = { serviceUrl: config.GATEWAY_SERVICE_URL, doorSocket: config.GATEWAY_DOOR_SOCKET };
  const gateways = createGatewayDirectory({ database, configured, logger });
  const hub = new StreamHub({ runLog, logger });
  const changes = new ChangeHub({ database, logger });
  await Promise.all([hub.start(), changes.start()]);
  const inbound = new InboundDeliverer({ database, workflows, logger });
  const relay = new InboxRelay({ database, workflows, logger });
  const web = await createWeb({
    folder: webFolder,
    startupToken: keys.startupToken,
    apiOrigin: () => localOrigin(config),
    publicUrl: config.PUBLIC_URL,
    logger,
  });
  const app = createApp({
    database,
    runLog,
    artifacts,
    workflows,
    inbound,
    hub,
    changes,
    repositories: createGitClient({ serviceUrls: gateways.serviceUrls, serviceKey: keys.serviceKey }),
    projectSecretKeys: await loadProjectSecretKeys(config.paths.keys),
    checkProjectFile: (text) => void parseProjectFile(text),
    logger,
    identity: { startupToken: keys.startupToken, tenantId, principalId: ownerId },
    sessionRecheckMs,
    publicUrl: config.PUBLIC_URL,
    extraHosts: [config.HOST, ...config.EXTRA_HOSTS],
    forges: ['local'],
    executors: config.EXECUTOR_COMMAND === undefined ? ['codex'] : ['codex', 'command'],
    defaultExecutor: config.EXECUTOR,
    web,
    models: [...new Set([config.MODEL, ...config.MODEL_ALLOWLIST.filter((name) => name !== '*')])],
    efforts: reasoningEfforts,
    warnings: installationWarnings(config),
    egressPresets: Object.keys(egressPresets),
    modelUpstream: async () => readUpstreamName(await gateways.serviceUrls('model')),
    temporalUi: config.TEMPORAL_UI_URL === undefined ? null : { url: config.TEMPORAL_UI_URL, namespace: config.TEMPORAL_NAMESPACE },
  });
  const server = createServer(app);
  await listen(server, config.PORT, config.HOST);
  relay.start();
  reportReady();
  logger.info('api listening', { host: config.HOST, port: config.PORT });

  const signal = await stopRequested;
  logger.info('api stopping', { signal });
  await Promise.all([stopServer(server, logger), Promise.race([relay.stop(), sleep(stopGraceMs.deliveries)])]);
  await Promise.race([inbound.idle(), sleep(stopGraceMs.deliveries)]);
  await Promise.all([hub.stop(), changes.stop()]);
  await workflows.close();
  gateways.close();
  await database.close();
}

/** How the pages reach the API of their own process. */
function localOrigin({ HOST, PORT }: Config): string {
  const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`;
}

async function temporalOptions(config: Config, address: string): Promise<TemporalOptions> {
  const read = async (path: string | undefined) => (path === undefined ? undefined : readFile(path));
  const [ca, crt, key] = await Promise.all([
    read(config.TEMPORAL_TLS_CA_FILE),
    read(config.TEMPORAL_TLS_CERT_FILE),
    read(config.TEMPORAL_TLS_KEY_FILE),
  ]);
  const serverName = config.TEMPORAL_TLS_SERVER_NAME;
  const tls = {
    ...(ca ? { serverRootCACertificate: ca } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
  };
  return {
    address,
    namespace: config.TEMPORAL_NAMESPACE,
    ...(config.TEMPORAL_API_KEY === undefined ? {} : { apiKey: config.TEMPORAL_API_KEY }),
    ...(Object.keys(tls).length > 0 ? { tls } : {}),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** Lets calls end; streams are cut after the grace, and their readers resume elsewhere. */
async function stopServer(server: Server, logger: Logger): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), stopGraceMs.calls);
  await new Promise<void>((resolve) => {
    server.close((error) => {
      if (error) logger.warn('server not closed', { error: messageOf(error) });
      resolve();
    });
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`api: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
