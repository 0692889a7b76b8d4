import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import postgres from 'postgres';

/** Secrets by name, and how each is looked for. */
export type Canaries = ReadonlyMap<string, string>;

/** What a secret may look like in text: itself, in hex (binary columns), and in base64 (payloads). */
function shapesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Without the ends: they depend on what stands before and behind.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, bytes.toString('hex'), ...base64];
}

/** Names of the secrets that are in a text. */
export function hitsIn(canaries: Canaries, text: string): string[] {
  return [...canaries].filter(([, secret]) => shapesOf(secret).some((shape) => text.includes(shape))).map(([name]) => name);
}

/** `place: secret` for each file below a folder that holds one, in whatever form. */
export async function hitsBelow(canaries: Canaries, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hits: string[] = [];
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path, 'latin1').catch(() => '');
    hits.push(...hitsIn(canaries, content).map((name) => `${path}: ${name}`));
  }
  return hits;
}

/** The same for every row of every table. Answers how many rows were read, too. */
export async function hitsInTables(canaries: Canaries, url: string): Promise<{ rows: number; hits: string[] }> {
  const sql = postgres(url, { max: 1 });
  try {
    const tables = await sql<{ table_schema: string; table_name: string }[]>`
      select table_schema, table_name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
    let rows = 0;
    const hits: string[] = [];
    for (const { table_schema: schema, table_name: table } of tables) {
      for await (const batch of sql<{ row: string }[]>`select t::text as row from ${sql(schema)}.${sql(table)} t`.cursor(100)) {
        rows += batch.length;
        for (const { row } of batch) hits.push(...hitsIn(canaries, row).map((name) => `${table}: ${name}`));
      }
    }
    return { rows, hits };
  } finally {
    await sql.end();
  }
}

/** The same for the history of every workflow, payloads decoded. */
export async function hitsInHistories(canaries: Canaries, temporal: Client): Promise<{ events: number; hits: string[] }> {
  let events = 0;
  const hits: string[] = [];
  for await (const { workflowId, runId } of temporal.workflow.list()) {
    const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    events += history.events?.length ?? 0;
    hits.push(...hitsIn(canaries, textOf(history)).map((name) => `${workflowId}: ${name}`));
  }
  return { events, hits };
}

/** Every string and every byte below a value, as text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('latin1')}\n`;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).join('');
}

/** Names of the secrets in a stream of any length. */
export async function hitsInStream(canaries: Canaries, stream: AsyncIterable<Buffer | string>): Promise<{ bytes: number; hits: string[] }> {
  const secrets = [...canaries].map(([name, secret]) => ({ name, bytes: Buffer.from(secret) }));
  const overlap = Math.max(...secrets.map(({ bytes }) => bytes.length));
  const hits = new Set<string>();
  let bytes = 0;
  let kept = Buffer.alloc(0);
  for await (const part of stream) {
    const chunk = Buffer.concat([kept, typeof part === 'string' ? Buffer.from(part) : part]);
    bytes += part.length;
    for (const secret of secrets) if (chunk.includes(secret.bytes)) hits.add(secret.name);
    kept = chunk.subarray(Math.max(0, chunk.length - overlap));
  }
  return { bytes, hits: [...hits] };
}
