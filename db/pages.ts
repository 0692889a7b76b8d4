/** A list that is read a page at a time by its id, page after page. */
export async function* everyPage<T>(
  read: (page: { after: string | null; limit: number }) => Promise<T[]>,
  idOf: (row: T) => string,
  limit = 200,
): AsyncGenerator<T[]> {
  let after: string | null = null;
  for (;;) {
    const rows: T[] = await read({ after, limit });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    after = idOf(last);
  }
}
