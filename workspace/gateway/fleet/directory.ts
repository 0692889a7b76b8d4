import { dirname, resolve } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { listLivingGateways, type GatewayRow } from '../../../db/gateways.ts';
import type { Database } from '../../../db/port.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { DoorChoice } from '../../provisioners/host-folder/door-link.ts';
import { lookAtSocket } from '../listen.ts';
import { within } from './patience.ts';
import { rankGateways } from './rendezvous.ts';
import { serviceOrder } from './service-order.ts';

/** Tenant under which the living are read; their rows belong to none. */
const anyTenant = 'default';
const everyMs = 1_000;
/** How long anything waits for the rows; then those of before count, until the database answers. */
const patienceMs = 2_000;

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
  watchDoors(): Promise<DoorChoice>;
  /** Looks no more. Waits for nothing. */
  close(): void;
}

/** Reads the rows once a second at most. While they cannot be read, or the database hangs, those of the last time count. */
export function createGatewayDirectory({ database, configured, logger }: DirectoryOptions): GatewayDirectory {
  let known: { rows: GatewayRow[]; readMs: number; isRead: boolean } = { rows: [], readMs: -everyMs, isRead: true };
  let reading: Promise<GatewayRow[]> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isLate = false;
  let isClosed = false;

  function living(): Promise<GatewayRow[]> {
    if (isLate || performance.now() - known.readMs < everyMs) return Promise.resolve(known.rows);
    reading ??= read().finally(() => {
      reading = null;
      isLate = false;
    });
    return within(patienceMs, reading, () => {
      isLate = true;
      sayUnread('the database did not answer in time');
      return known.rows;
    });
  }

  function sayUnread(error: string): void {
    if (known.isRead && !isClosed) logger.warn('the gateways that live cannot be read; those of before count', { error });
    known = { ...known, isRead: false };
  }

  async function read(): Promise<GatewayRow[]> {
    const { rows, error } = await database.withTenant(anyTenant, listLivingGateways).then(
      (found) => ({ rows: found, error: null }),
      (reason: unknown) => ({ rows: known.rows, error: messageOf(reason) }),
    );
    if (error !== null) sayUnread(error);
    known = { rows, readMs: performance.now(), isRead: error === null };
    return rows;
  }

  async function watchDoors(): Promise<DoorChoice> {
    let doors: GatewayRow[] = [];

    async function next(): Promise<void> {
      doors = await reachable(await living(), configured.doorSocket);
      if (!isClosed) timer = setTimeout(() => void next(), everyMs).unref();
    }

    await next();
    return (workspaceId) => rankGateways(workspaceId, doors)[0]?.doorSocket ?? configured.doorSocket;
  }

  return {
    async serviceUrls(key) {
      const ranked = rankGateways(key, await living()).map(({ serviceUrl }) => serviceUrl);
      return serviceOrder(configured.serviceUrl, ranked);
    },
    watchDoors,
    close() {
      isClosed = true;
      if (timer) clearTimeout(timer);
    },
  };
}

/**
 * Those whose door lies beside ours, where a link can reach it, and answers: one that was killed lives on until its lease ends, and
 * one of another machine may name the same path. Where none does, those that listen but are late, unless the door of the
 * configuration answers. Empty: that door is the one.
 */
async function reachable(rows: readonly GatewayRow[], doorSocket: string): Promise<GatewayRow[]> {
  const folder = dirname(resolve(doorSocket));
  const beside = rows.filter((row) => dirname(row.doorSocket) === folder);
  const [ofConfigured, ...found] = await Promise.all(
    [doorSocket, ...beside.map((row) => row.doorSocket)].map((path) => lookAtSocket(path)),
  );
  const answering = beside.filter((_row, index) => found[index] === 'answers');
  if (answering.length > 0 || ofConfigured === 'answers') return answering;
  return beside.filter((_row, index) => found[index] === 'silent');
}
