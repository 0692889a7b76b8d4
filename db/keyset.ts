import { sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { DomainError } from '../workflows/contracts/errors.ts';

/** A page and where the next one starts; null when there is none. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface PageInput {
  cursor?: string | null;
  /** Rows a page, at most 200. */
  limit: number;
}

/** Microseconds as Postgres keeps them (a Date would lose three digits and with them rows), then the id. */
const Cursor = z.tuple([z.string().regex(/^-?\d{1,18}$/), z.string().min(1).max(200)]);

interface Keyset {
  /** Selected beside the row; goes back in as `toPage`'s `at`. */
  at: SQL<string>;
  where: SQL | undefined;
  orderBy: SQL[];
  limit: number;
}

/** Newest first by (`createdAt`, `id`). Throws DomainError `cursor-invalid`. */
export function keyset(createdAt: PgColumn, id: PgColumn, input: PageInput): Keyset {
  return {
    at: sql<string>`((extract(epoch from ${createdAt}) * 1000000)::bigint)::text`,
    where: input.cursor ? after(createdAt, id, input.cursor) : undefined,
    // As the indexes are declared: `desc()` of drizzle is DESC NULLS LAST there.
    orderBy: [sql`${createdAt} desc nulls last`, sql`${id} asc`],
    limit: Math.min(Math.max(1, Math.trunc(input.limit)), 200) + 1,
  };
}

function after(createdAt: PgColumn, id: PgColumn, cursor: string): SQL {
  const [microseconds, lastId] = parseCursor(cursor);
  const at = sql`(timestamptz 'epoch' + ${microseconds}::bigint * interval '1 microsecond')`;
  return sql`(${createdAt} <= ${at} and (${createdAt} < ${at} or ${id} > ${lastId}))`;
}

function parseCursor(cursor: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new DomainError('permanent', 'cursor-invalid', 'The cursor is not one that this list gave; start from the first page.', {
      cause,
    });
  }
}

/** Cuts the row too many that `keyset` asked for and makes the cursor. */
export function toPage<T>(rows: { at: string; row: T }[], page: Keyset, idOf: (row: T) => string): Page<T> {
  const kept = rows.slice(0, page.limit - 1);
  const last = kept.at(-1);
  const more = rows.length === page.limit && last;
  return {
    items: kept.map(({ row }) => row),
    nextCursor: more ? Buffer.from(JSON.stringify([last.at, idOf(last.row)])).toString('base64url') : null,
  };
}

/** A LIKE pattern that finds `text` literally anywhere. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
