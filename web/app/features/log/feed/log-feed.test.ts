import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../../../../../workflows/contracts/events.ts';
import { LogModel } from '../model/log-model.ts';
import { shown } from '../model/testing.ts';
import { LogFeed, type FeedChange, type LogFeedOptions } from './log-feed.ts';

/** A command that prints a line an event: one entry over all pages, so that a wrong order would show. */
function history(count: number): LogEvent[] {
  return Array.from({ length: count }, (_, n) => event(n + 1));
}

function event(seq: number): LogEvent {
  const base = { seq, requestId: 'q', runId: 'r', attempt: 1, emittedAtMs: seq };
  if (seq % 700 === 1) return { ...base, type: 'command.started', data: { itemId: `c${seq}`, command: `job ${seq}`, cwd: '/' } };
  if (seq % 5 === 0) return { ...base, type: 'warning', data: { message: `${seq}` } };
  return { ...base, type: 'command.output', data: { itemId: `c${seq - ((seq - 1) % 700)}`, text: `line ${seq}\n` } };
}

function folded(events: LogEvent[]) {
  const model = new LogModel();
  model.append(events);
  return shown(model.entries);
}

class Refusal extends Error {}

function feedOf(log: LogEvent[], overrides: Partial<LogFeedOptions> = {}) {
  const changes: FeedChange['kind'][] = [];
  const queries: { afterSeq?: number; beforeSeq?: number; limit: number }[] = [];
  const waits: number[] = [];
  const feed = new LogFeed({
    async read(query) {
      queries.push(query);
      const fitting = log.filter(({ seq }) => seq > (query.afterSeq ?? 0) && seq < (query.beforeSeq ?? Infinity));
      const items = query.beforeSeq === undefined ? fitting.slice(0, query.limit) : fitting.slice(-query.limit);
      return { items, more: fitting.length > query.limit };
    },
    isFinal: (error) => error instanceof Refusal,
    messageOf: String,
    pause: () => Promise.resolve(),
    sleep: async (ms) => void waits.push(ms),
    now: () => 0,
    ...overrides,
  });
  feed.subscribe(({ kind }) => changes.push(kind));
  return { feed, changes, queries, waits };
}

describe('LogFeed', () => {
  it('reads a short log at once', async () => {
    const { feed, changes, queries } = feedOf(history(30));

    await feed.load();

    expect(shown(feed.model.entries)).toEqual(folded(history(30)));
    expect(feed.state).toEqual({ phase: 'complete', loaded: 30, total: 30, problem: null });
    expect(queries).toHaveLength(1);
    expect(changes).not.toContain('replaced');
  });

  it('takes an empty log', async () => {
    const { feed } = feedOf([]);

    await feed.load();

    expect(feed.state).toEqual({ phase: 'complete', loaded: 0, total: 0, problem: null });
  });

  it('shows the newest page first, then the whole as if it had been folded in order', async () => {
    const log = history(3500);
    const { feed, changes } = feedOf(log);
    const seen: string[] = [];
    feed.subscribe(({ kind }) => seen.push(`${kind} ${feed.state.phase} from ${feed.model.firstSeq}`));

    await feed.load();

    expect(seen).toContain('entries earlier from 2501');
    expect(seen.at(-1)).toBe('replaced complete from 1');
    expect(changes.filter((kind) => kind === 'replaced')).toHaveLength(1);
    expect(shown(feed.model.entries)).toEqual(folded(log));
    expect(feed.state).toMatchObject({ loaded: 3500, total: 3500 });
  });

  it('loses and doubles nothing that comes live while the history is read', async () => {
    const log = history(2600);
    const { feed } = feedOf(log);
    let live = 2600;
    feed.subscribe(({ kind }) => {
      if (kind !== 'state' || live >= 2700) return;
      feed.push([event(live + 1), event(live + 2)]);
      // Repeated and overlapping batches are what a reconnect may bring.
      feed.push([event(live + 2), event(live + 3)]);
      live += 3;
    });

    await feed.load();
    feed.push([event(live + 1)]);

    expect(live).toBeGreaterThan(2600);
    expect(shown(feed.model.entries)).toEqual(folded(history(live + 1)));
  });

  it('gives the browser its turn between slices, also when another log takes the place of the one being folded', async () => {
    let clock = 0;
    let pauses = 0;
    const log = history(2200);
    const { feed } = feedOf(log, {
      now: () => (clock += 10),
      pause: async () => {
        pauses++;
        if (pauses === 3) feed.push(Array.from({ length: 900 }, (_, n) => event(2201 + n)));
        for (let turn = 0; turn < pauses % 4; turn++) await Promise.resolve();
      },
    });

    await feed.load();
    for (let turn = 0; turn < 10_000 && feed.model.lastSeq < 3100; turn++) await Promise.resolve();

    expect(pauses).toBeGreaterThan(10);
    expect(shown(feed.model.entries)).toEqual(folded(history(3100)));
  });

  it('tries a failed read again, waits longer each time, and says so meanwhile', async () => {
    const log = history(1500);
    let failures = 6;
    const problems: (string | null)[] = [];
    const { feed, waits } = feedOf(log, {
      async read({ afterSeq = 0, beforeSeq = Infinity, limit }) {
        if (beforeSeq === Infinity && failures-- > 0) throw new Error('no network');
        const items = log.filter(({ seq }) => seq > afterSeq && seq < beforeSeq);
        return { items: beforeSeq === Infinity ? items.slice(0, limit) : items.slice(-limit), more: items.length > limit };
      },
    });
    feed.subscribe(() => problems.push(feed.state.problem));

    await feed.load();

    expect(waits).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
    expect(problems).toContain('Error: no network');
    expect(feed.state).toMatchObject({ phase: 'complete', problem: null });
    expect(shown(feed.model.entries)).toEqual(folded(log));
  });

  it('ends at a refusal, with its words', async () => {
    const { feed, waits } = feedOf([], { read: () => Promise.reject(new Refusal('not yours')) });

    await feed.load();

    expect(feed.state).toMatchObject({ phase: 'failed', problem: 'Error: not yours' });
    expect(waits).toEqual([]);
  });

  it('tells nothing any more when it is stopped', async () => {
    const { feed, changes } = feedOf(history(3000));
    const loading = feed.load();

    feed.stop();
    await loading;

    expect(changes).toEqual([]);
  });
});
