import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../../../../../workflows/contracts/events.ts';
import { LogFeed } from '../feed/log-feed.ts';
import { logOf, type Told } from '../model/testing.ts';
import { LogReader } from './log-reader.ts';

interface Opened {
  reader: LogReader;
  feed: LogFeed;
  /** How often listeners were told. */
  told(): number;
  flush(): void;
}

async function open(log: LogEvent[], now: () => number = () => 0): Promise<Opened> {
  const feed = new LogFeed({
    async read({ afterSeq = 0, beforeSeq = Infinity, limit }) {
      const fitting = log.filter(({ seq }) => seq > afterSeq && seq < beforeSeq);
      return { items: beforeSeq === Infinity ? fitting.slice(0, limit) : fitting.slice(-limit), more: fitting.length > limit };
    },
    isFinal: () => true,
    messageOf: String,
    pause: () => Promise.resolve(),
    sleep: () => Promise.resolve(),
    now: () => 0,
  });
  const scheduled: (() => void)[] = [];
  const reader = new LogReader({ feed, schedule: (flush) => scheduled.push(flush), pause: () => Promise.resolve(), now });
  let told = 0;
  reader.subscribe(() => told++);
  await feed.load();
  return { reader, feed, told: () => told, flush: () => scheduled.splice(0).forEach((flush) => flush()) };
}

const log: Told[] = [
  { type: 'warning', data: { message: 'needle one' } },
  { type: 'command.started', data: { itemId: 'c', command: 'ls', cwd: '/' } },
  { type: 'command.output', data: { itemId: 'c', text: 'a\nneedle two\nc\n' } },
  { type: 'command.completed', data: { itemId: 'c', exitCode: 1, durationMs: 5 } },
  { type: 'agent.message', data: { itemId: 'm', text: 'hay\nneedle three' } },
  { type: 'error', data: { message: 'broken' } },
];

describe('LogReader', () => {
  it('tells its listeners once however much changed', async () => {
    const { reader, told, flush } = await open(logOf(...log));
    reader.openAll('all');
    reader.setOpen(1, false);

    expect(told()).toBe(0);
    flush();
    expect(told()).toBe(1);
  });

  it('goes through matches, opening what hides them', async () => {
    const { reader } = await open(logOf(...log));
    await reader.find('needle');

    expect(reader.layout.isOpen(1)).toBe(false);
    expect([reader.goToMatch('next', 0), reader.goToMatch('next', 0), reader.goToMatch('next', 0), reader.goToMatch('next', 0)]).toEqual([
      0, 3, 7, 0,
    ]);
    expect(reader.layout.isOpen(1)).toBe(true);
    expect(reader.goToMatch('previous', 0)).toBe(7);
    expect(reader.matchWords).toBe('3 of 3');
    await reader.find('absent');
    expect(reader.matchWords).toBe('0');
    await reader.find('');
    expect(reader.matchWords).toBe('');
  });

  it('begins at the row where the reader is', async () => {
    const { reader } = await open(logOf(...log));
    await reader.find('needle');

    expect(reader.goToMatch('next', 2)).toBe(reader.layout.rowOf({ entry: 2, line: 1, part: 0 }));
  });

  it('passes matches of hidden kinds', async () => {
    const { reader } = await open(logOf(...log));
    reader.hide(new Set(['problems', 'commands']));
    await reader.find('needle');

    expect([reader.goToMatch('next', 0), reader.goToMatch('next', 0)]).toEqual([2, 2]);
  });

  it('searches in slices, finds what comes live, and forgets an older search', async () => {
    let clock = 0;
    const many = Array.from({ length: 950 }, (): Told => ({ type: 'warning', data: { message: 'needle' } }));
    const { reader, feed } = await open(logOf(...many), () => (clock += 10));

    const first = reader.find('nothing');
    const second = reader.find('needle');
    expect(reader.isSearching).toBe(true);
    feed.push([{ ...logOf({ type: 'warning', data: { message: 'needle' } })[0], seq: 951 } as LogEvent]);
    await Promise.all([first, second]);

    expect([reader.search?.query, reader.search?.total, reader.isSearching]).toEqual(['needle', 951, false]);
    await reader.find('');
    expect(reader.search).toBeNull();
  });

  it('goes from failure to failure', async () => {
    const { reader } = await open(logOf(...log));

    expect([reader.selectNextError(), reader.selectNextError(), reader.selectNextError()]).toEqual([1, 5, 1]);
    reader.hide(new Set(['problems', 'commands']));
    expect(reader.selectNextError()).toBeNull();
  });

  it('goes from entry to entry, past hidden ones, and stops at the ends', async () => {
    const { reader } = await open(logOf(...log));
    reader.hide(new Set(['commands']));

    expect(reader.selectNeighbour(1, 0)).toBe(0);
    expect(reader.selectNeighbour(1, 0)).toBe(1);
    expect(reader.selection).toEqual({ entry: 2, line: -1 });
    expect([reader.selectNeighbour(1, 0), reader.selectNeighbour(1, 0)]).toEqual([4, null]);
    expect([reader.selectNeighbour(-1, 0), reader.selectNeighbour(-1, 0), reader.selectNeighbour(-1, 0)]).toEqual([1, 0, null]);
  });

  it('selects nothing that is hidden or absent', async () => {
    const { reader } = await open(logOf(...log));
    reader.hide(new Set(['commands']));

    expect(reader.select({ entry: 1, line: 0 })).toBeNull();
    expect(reader.select({ entry: 99, line: -1 })).toBeNull();
  });

  it('keeps selection, what is open and the search when the whole log takes the place of its newest page', async () => {
    const many = Array.from({ length: 1500 }, (_, n): Told => ({
      type: 'warning',
      data: { message: n === 1400 ? 'needle\nbelow' : `${n}` },
    }));
    const feedLog = logOf(...many);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const feed = new LogFeed({
      async read({ afterSeq = 0, beforeSeq = Infinity, limit }) {
        if (beforeSeq === Infinity) await gate;
        const fitting = feedLog.filter(({ seq }) => seq > afterSeq && seq < beforeSeq);
        return { items: beforeSeq === Infinity ? fitting.slice(0, limit) : fitting.slice(-limit), more: fitting.length > limit };
      },
      isFinal: () => true,
      messageOf: String,
      pause: () => Promise.resolve(),
      sleep: () => Promise.resolve(),
      now: () => 0,
    });
    const reader = new LogReader({ feed, schedule: () => undefined, pause: () => Promise.resolve(), now: () => 0 });
    const loading = feed.load();
    for (let turn = 0; turn < 100 && reader.entries.length < 1000; turn++) await Promise.resolve();
    const entry = feed.model.indexOfSeq(1401) ?? 0;
    reader.setOpen(entry, false);
    reader.select({ entry, line: -1 });
    await reader.find('needle');

    release();
    await loading;
    for (let turn = 0; turn < 100 && reader.isSearching; turn++) await Promise.resolve();

    expect(reader.entries).toHaveLength(1500);
    expect(reader.replacedCount).toBe(1);
    expect(reader.selection).toEqual({ entry: 1400, line: -1 });
    expect(reader.layout.isOpen(1400)).toBe(false);
    expect(reader.search?.total).toBe(2);
  });
});
