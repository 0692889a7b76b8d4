import type { PgDatabase } from 'drizzle-orm/pg-core';
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import type * as schema from './schema.ts';

/** A transaction under one database role and, for `withTenant`, one tenant. */
export type Tx = PgDatabase<PostgresJsQueryResultHKT, typeof schema>;

/** Postgres with row-level security forced: every statement runs inside one of these. */
export interface Database {
  /** Role `app`, rows of one tenant only. */
  withTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Role `relay`: the inbox of every tenant, nothing else. */
  asRelay<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Role `housekeeper`: leases, workspaces, runs, slots and partitions of every tenant. */
  asHousekeeper<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** LISTEN on the direct connection, resumed after a reconnect (`onReconnect` then asks the caller to catch up). */
  listen(channel: string, onPayload: (payload: string) => void, onReconnect: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
