import { createPostgresArtifactStore } from '../db/artifacts/postgres.ts';
import type { ArtifactStore } from '../db/artifacts/port.ts';
import { openDatabase } from '../db/database.ts';
import type { Database } from '../db/port.ts';
import type { RunLog } from '../db/run-log/port.ts';
import { createPostgresRunLog } from '../db/run-log/postgres.ts';
import { type Config, required } from '../config/env.ts';
import { type Keys, loadOrCreateKeys } from '../config/keys.ts';
import type { Logger } from '../config/logger.ts';
import { createGitClient } from '../workspace/gateway/git/client.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import { createGatewayDirectory, type GatewayDirectory } from '../workspace/gateway/fleet/directory.ts';
import { connectTemporal, type Temporal } from './temporal.ts';

/** What every process of activities opens once. */
export interface Services {
  config: Config;
  logger: Logger;
  keys: Keys;
  database: Database;
  artifacts: ArtifactStore;
  runLog: RunLog;
  gateways: GatewayDirectory;
  git: GitService;
  temporal: Temporal;
  close(): Promise<void>;
}

/** Opens database, gateway client and Temporal as the configuration says. DomainErrors of each name the mend. */
export async function openServices(config: Config, logger: Logger): Promise<Services> {
  const { DATABASE_URL: url, TEMPORAL_ADDRESS: address } = required(config, 'DATABASE_URL', 'TEMPORAL_ADDRESS');
  const keys = await loadOrCreateKeys(config.paths.keys);
  const [database, temporal] = await Promise.all([
    openDatabase({ url, directUrl: config.DATABASE_DIRECT_URL ?? url, logger, maxConnections: 20 }),
    connectTemporal(address, config, logger),
  ]);
  const artifacts = createPostgresArtifactStore(database);
  const configured = { serviceUrl: config.GATEWAY_SERVICE_URL, doorSocket: config.GATEWAY_DOOR_SOCKET };
  const gateways = createGatewayDirectory({ database, configured, logger });
  return {
    config,
    logger,
    keys,
    database,
    artifacts,
    runLog: createPostgresRunLog(database, artifacts, { logger }),
    gateways,
    git: createGitClient({ serviceUrls: gateways.serviceUrls, serviceKey: keys.serviceKey }),
    temporal,
    async close() {
      await temporal.close();
      gateways.close();
      await database.close();
    },
  };
}
