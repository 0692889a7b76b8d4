import { and, desc, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { refuse } from '../problem.ts';
import { isStorable } from '../schemas/common.ts';

/** A place in a list that is ordered by time and id, newest first. Microseconds, since Postgres has them and Date has not. */
const Position = z.tuple([z.number().int().min(0).max(4_000_000_000_000_000), z.string().min(1).max(200).refine(isStorable)]);
type Position = z.infer<typeof Position>;

/** What a page is asked by. */
export interface PageInput {
  limit: number;
  cursor?: string | undefined;
}

/** Reads an opaque cursor; DomainError `invalid-cursor` for one that we did not make. */
export function decodeCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw refuse('invalid-cursor', 'This cursor is not one of ours; take `nextCursor` of the page before, or start without one.');
  }
}

/** Makes the cursor of a position. */
export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');
}

/** SQL pieces of a keyset page, newest first. Select `at` beside the row, and read one row more than the limit. */
export function keyset(at: PgColumn, id: PgColumn, page: PageInput, conditions: (SQL | undefined)[]) {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const beyond = after && sql`(${at}, ${id}) < (timestamptz 'epoch' + ${after[0]}::bigint * interval '1 microsecond', ${after[1]})`;
  return {
    where: and(...conditions, beyond),
    orderBy: [desc(at), desc(id)],
    limit: page.limit + 1,
    position: sql<string>`(extract(epoch from ${at}) * 1000000)::bigint::text`,
  };
}

/** Cuts the extra row off and makes the cursor of the last one that stays. */
export function pageOfRows<R extends { position: string }, T>(
  rows: R[],
  limit: number,
  idOf: (row: R) => string,
  show: (row: R) => T,
): { items: T[]; nextCursor: string | null } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: kept.map(show), nextCursor: more ? encodeCursor([Number(last.position), idOf(last)]) : null };
}
