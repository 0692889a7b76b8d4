import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { createLogger } from '../config/logger.ts';
import { openDatabase } from './database.ts';
import type { Database } from './port.ts';
import { createTestServerHost } from './testing-host.ts';

export interface TestDatabase {
  database: Database;
  /** Of a superuser: for tests of roles and for processes that open the database themselves. */
  url: string;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

/** Used outside of Jest only; ends with this process. */
const ownHost = createTestServerHost();

async function serverUrl(): Promise<string> {
  const broker = process.env['ASTRAFORGE_TEST_DATABASE_BROKER'];
  if (!broker) return ownHost.url();
  const response = await fetch(broker);
  const body = await response.text();
  if (!response.ok) throw new Error(`the test database did not start: ${body}`);
  return body;
}

/** A fresh, migrated database in a real Postgres that all tests of a run share; the first call starts the server (about 3 s). */
export async function openTestDatabase(options: { maxConnections?: number } = {}): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = `${server}/${name}`;
  await administer(server, `create database ${name} template astraforge_template strategy file_copy`);
  const database = await openDatabase({ url, directUrl: url, logger: createLogger('test', { silent: true }), ...options });
  return {
    database,
    url,
    async close() {
      await database.close();
      await administer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function administer(server: string, statement: string): Promise<void> {
  const admin = postgres(`${server}/postgres`, { max: 1, onnotice: () => undefined });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end();
  }
}
