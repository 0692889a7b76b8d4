import { dirname, resolve } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { listLivingGateways, type GatewayRow } from '../../../db/gateways.ts';
import type { Database } from '../../../db/port.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { lookAtSocket } from '../listen.ts';
import { rankGateways } from './rendezvous.ts';

/** Tenant under which the living are read; their rows belong to none. */
const anyTenant = 'default';
const everyMs = 1_000;

export interface DirectoryOptions {
  database: Database;
  /** The gateway of the configuration: the one that is asked while none is known. */
  configured: { serviceUrl: string; doorSocket: string };
  logger: Logger;
}

/** Which gateway serves what, from the rows of those that live. */
export interface GatewayDirectory {
  /** Addresses of the services for a key, the one that serves it first. Never empty. */
  serviceUrls(key: string): Promise<string[]>;
  /**
   * Looks at the doors of this machine from now on, once a second, until `close`; answers which socket serves a workspace at the
   * moment when it is called. Keeps no process alive.
   */
  watchDoors(): Promise<(workspaceId: string) => string>;
  close(): Promise<void>;
}

/** Reads the rows once a second at most. While they cannot be read, those of the last time count. */
export function createGatewayDirectory({ database, configured, logger }: DirectoryOptions): GatewayDirectory {
  let known: { rows: GatewayRow[]; readMs: number; isRead: boolean } = { rows: [], readMs: -everyMs, isRead: true };
  let reading: Promise<GatewayRow[]> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let look: Promise<void> = Promise.resolve();
  let isClosed = false;

  function living(): Promise<GatewayRow[]> {
    if (performance.now() - known.readMs < everyMs) return Promise.resolve(known.rows);
    reading ??= read().finally(() => (reading = null));
    return reading;
  }

  async function read(): Promise<GatewayRow[]> {
    const { rows, error } = await database.withTenant(anyTenant, listLivingGateways).then(
      (found) => ({ rows: found, error: null }),
      (reason: unknown) => ({ rows: known.rows, error: messageOf(reason) }),
    );
    if (error !== null && known.isRead) logger.warn('the gateways that live cannot be read; those of before count', { error });
    known = { rows, readMs: performance.now(), isRead: error === null };
    return rows;
  }

  async function watchDoors(): Promise<(workspaceId: string) => string> {
    let doors: GatewayRow[] = [];

    function next(): void {
      look = living()
        .then(async (rows) => void (doors = await reachable(rows, configured.doorSocket)))
        .then(() => {
          if (!isClosed) timer = setTimeout(next, everyMs).unref();
        });
    }

    next();
    await look;
    return (workspaceId) => rankGateways(workspaceId, doors)[0]?.doorSocket ?? configured.doorSocket;
  }

  return {
    async serviceUrls(key) {
      const ranked = rankGateways(key, await living()).map(({ serviceUrl }) => serviceUrl);
      return [...new Set([...ranked, configured.serviceUrl])];
    },
    watchDoors,
    async close() {
      isClosed = true;
      if (timer) clearTimeout(timer);
      await look;
      await reading;
    },
  };
}

/**
 * Those whose door lies beside ours, where a link can reach it. Of several only those that answer: one that was killed lives on until
 * its lease ends. Where none answers, nothing is known of any.
 */
async function reachable(rows: readonly GatewayRow[], doorSocket: string): Promise<GatewayRow[]> {
  const folder = dirname(resolve(doorSocket));
  const beside = rows.filter((row) => dirname(row.doorSocket) === folder);
  if (beside.length < 2) return beside;
  const found = await Promise.all(beside.map((row) => lookAtSocket(row.doorSocket)));
  const answering = beside.filter((_row, index) => found[index] === 'answers');
  return answering.length > 0 ? answering : beside;
}
