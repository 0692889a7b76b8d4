import { describe, expect, it } from '@jest/globals';
import { appendPage, applyChange, firstRows, pagesToRefresh, refreshPage, type RequestPage, type Rows } from './rows.ts';
import type { RequestSummary } from './stages.ts';

function row(n: number, fields: Partial<RequestSummary> = {}): RequestSummary {
  return {
    requestId: `r${n}`,
    title: `request ${n}`,
    stage: 'EXECUTING',
    awaiting: null,
    createdAtMs: n,
    updatedAtMs: n,
    ...fields,
  } as RequestSummary;
}

function page(from: number, to: number, nextCursor: string | null): RequestPage {
  return { items: Array.from({ length: from - to + 1 }, (_, index) => row(from - index)), nextCursor };
}

function idsOf(rows: Rows): string {
  return rows.items.map(({ requestId }) => requestId.slice(1)).join(' ');
}

const two = appendPage(firstRows(page(9, 7, 'c1')), 'c1', page(6, 4, 'c2'));

describe('appendPage', () => {
  it('adds the next page once, however often it comes', () => {
    expect(idsOf(two)).toBe('9 8 7 6 5 4');
    expect(appendPage(two, 'c1', page(6, 4, 'c2'))).toBe(two);
    expect(two.nextCursor).toBe('c2');
  });
});

describe('refreshPage', () => {
  it('brings a new request in at the top and keeps the one that slid off the page', () => {
    const fresh = refreshPage(two, null, page(10, 8, 'other'));

    expect(idsOf(fresh)).toBe('10 9 8 7 6 5 4');
    expect(fresh.nextCursor).toBe('c2');
  });

  it('drops what its stretch no longer has, and nothing of other stretches', () => {
    const fresh = refreshPage(two, null, { items: [row(9), row(7), row(6)], nextCursor: 'x' });

    expect(idsOf(fresh)).toBe('9 7 6 5 4');
  });

  it('takes the state of rows as it is now', () => {
    const fresh = refreshPage(two, 'c1', { items: [row(6, { stage: 'DONE' }), row(5), row(4)], nextCursor: 'c2' });

    expect(fresh.items.map(({ stage }) => stage)).toEqual(['EXECUTING', 'EXECUTING', 'EXECUTING', 'DONE', 'EXECUTING', 'EXECUTING']);
  });

  it('ends the list where the API says that it ends', () => {
    const fresh = refreshPage(two, null, { items: [row(9)], nextCursor: null });

    expect(idsOf(fresh)).toBe('9');
    expect(fresh.nextCursor).toBeNull();
    expect(fresh.pages).toHaveLength(1);
  });

  it('starts afresh when more came in than a page holds, so that no row between is missed', () => {
    const fresh = refreshPage(two, null, page(30, 28, 'c9'));

    expect(idsOf(fresh)).toBe('30 29 28');
    expect(fresh.nextCursor).toBe('c9');
  });

  it('ignores a page that the list no longer has', () => {
    expect(refreshPage(two, 'gone', page(6, 4, null))).toBe(two);
  });

  it('orders requests of one moment by their ids, as the API does', () => {
    const rows = firstRows({ items: [], nextCursor: null });
    const same = [row(3, { createdAtMs: 1 }), row(1, { createdAtMs: 1 }), row(2, { createdAtMs: 1 })];

    expect(idsOf(refreshPage(rows, null, { items: same, nextCursor: null }))).toBe('1 2 3');
  });
});

describe('pagesToRefresh', () => {
  it.each([
    [['r8'], [null]],
    [['r4'], ['c1']],
    [
      ['r8', 'r4', 'r5'],
      [null, 'c1'],
    ],
    [['new'], [null]],
    [[], []],
  ])('of changes to %j are %j', (ids, cursors) => {
    expect(pagesToRefresh(two, ids)).toEqual(cursors);
  });
});

describe('applyChange', () => {
  it('moves a row at once', () => {
    const changed = applyChange(two, { requestId: 'r5', stage: 'BLOCKED', awaiting: 'answer', updatedAtMs: 50 });

    expect(changed.items[4]).toMatchObject({ requestId: 'r5', stage: 'BLOCKED', awaiting: { kind: 'answer' }, updatedAtMs: 50 });
  });

  it.each([
    ['an older change', { requestId: 'r5', stage: 'DONE' as const, awaiting: null, updatedAtMs: 5 }],
    ['a request that is not listed', { requestId: 'r99', stage: 'DONE' as const, awaiting: null, updatedAtMs: 500 }],
  ])('leaves the list alone on %s', (_what, change) => {
    expect(applyChange(two, change)).toBe(two);
  });
});
