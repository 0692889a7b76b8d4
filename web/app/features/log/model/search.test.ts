import { describe, expect, it } from '@jest/globals';
import { LogModel } from './log-model.ts';
import { LogSearch, type LogMatch } from './search.ts';
import { logOf, type Told } from './testing.ts';

function modelOf(...events: Told[]): LogModel {
  const model = new LogModel();
  model.append(logOf(...events));
  return model;
}

function searchIn(model: LogModel, query: string): LogSearch {
  const search = new LogSearch(query);
  search.scan(model.entries, 0, model.entries.length);
  return search;
}

/** All matches by going from one to the next once round. */
function walk(search: LogSearch, step: 'next' | 'previous'): string[] {
  const seen: string[] = [];
  let match: LogMatch | null = null;
  for (let turn = 0; turn < search.total; turn++) {
    match = search[step](match);
    if (match) seen.push(`${match.entry}.${match.line}@${match.start}`);
  }
  return seen;
}

const model = modelOf(
  { type: 'warning', data: { message: 'Needle in a title' } },
  { type: 'command.started', data: { itemId: 'c', command: 'ls', cwd: '/' } },
  { type: 'command.output', data: { itemId: 'c', text: 'hay\nneedle, \u001b[31mneed\u001b[0mle\nhay\n' } },
  { type: 'warning', data: { message: 'hay' } },
  { type: 'agent.message', data: { itemId: 'm', text: 'hay\nNEEDLE' } },
);

describe('LogSearch', () => {
  it('finds titles and folded lines whatever their case and colour', () => {
    expect(searchIn(model, 'needle').total).toBe(4);
    expect(walk(searchIn(model, 'needle'), 'next')).toEqual(['0.-1@0', '1.1@0', '1.1@8', '3.1@0']);
    expect(walk(searchIn(model, 'needle'), 'previous')).toEqual(['3.1@0', '1.1@8', '1.1@0', '0.-1@0']);
  });

  it('goes round at both ends', () => {
    const search = searchIn(model, 'needle');
    const first = search.next(null);
    const last = search.previous(null);

    expect(search.next(last)).toEqual(first);
    expect(search.previous(first)).toEqual(last);
    expect(searchIn(model, 'in a title').next({ entry: 0, line: -1, start: 7 })).toEqual({ entry: 0, line: -1, start: 7 });
  });

  it('numbers matches, and gives those of one line', () => {
    const search = searchIn(model, 'needle');

    expect(search.ordinal({ entry: 1, line: 1, start: 8 })).toBe(3);
    expect(search.ordinal({ entry: 1, line: 1, start: 3 })).toBe(0);
    expect(search.inLine(1, 1).map(({ start }) => start)).toEqual([0, 8]);
    expect([search.inLine(1, 0), search.inLine(9, 0)]).toEqual([[], []]);
  });

  it('passes what is hidden', () => {
    expect(searchIn(model, 'needle').next(null, (entry) => entry < 2)).toMatchObject({ entry: 3 });
    expect(searchIn(model, 'needle').next(null, () => true)).toBeNull();
  });

  it('takes special characters as they are, and finds nothing for nothing', () => {
    expect(searchIn(modelOf({ type: 'warning', data: { message: 'a.*b(' } }), '.*b(').total).toBe(1);
    expect(searchIn(model, '').total).toBe(0);
    expect(searchIn(model, 'absent').next(null)).toBeNull();
  });

  it('finds the right place behind a letter that lower case makes longer', () => {
    expect(searchIn(modelOf({ type: 'warning', data: { message: 'İİ x' } }), 'X').next(null)).toMatchObject({ start: 3 });
  });

  it('keeps a thousand matches of a line, and says that there are more', () => {
    const long = modelOf({ type: 'agent.message', data: { itemId: 'm', text: `${'x'.repeat(5_000_000)}\nx` } });
    const search = searchIn(long, 'x');

    expect([search.total, search.isCut]).toEqual([1001, true]);
    expect(search.previous(null)).toEqual({ entry: 0, line: 1, start: 0 });
    expect(searchIn(model, 'needle').isCut).toBe(false);
  });

  it('follows a log that grows, is told late or is replaced, as if it were searched anew', () => {
    const events = logOf(
      { type: 'command.started', data: { itemId: 'c', command: 'ls x', cwd: '/' } },
      { type: 'command.output', data: { itemId: 'c', text: 'x\nx x' } },
      { type: 'agent.delta', data: { itemId: 'm', text: 'x x' } },
      { type: 'command.output', data: { itemId: 'c', text: 'x\nx' } },
      { type: 'command.output', data: { itemId: 'c', text: 'x\n', precedes: true } },
      { type: 'agent.message', data: { itemId: 'm', text: 'y x' } },
      { type: 'command.output', data: { itemId: 'c', text: 'y\rx' } },
    );
    const growing = new LogModel();
    const search = new LogSearch('x');

    for (const event of events) {
      search.follow(growing.entries, growing.append([event]));

      const anew = searchIn(growing, 'x');
      expect(search.total).toBe(anew.total);
      expect(walk(search, 'next')).toEqual(walk(anew, 'next'));
    }
  });
});
