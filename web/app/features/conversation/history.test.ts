import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '~/lib/log-event.ts';
import { type EventQuery, readHistory } from './history.ts';

/** The API over a log in memory. */
function over(log: LogEvent[]) {
  const asked: EventQuery[] = [];
  return {
    asked,
    read(query: EventQuery) {
      asked.push(query);
      const types = query.types.split(',');
      const below = query.beforeSeq ?? Infinity;
      const fitting = log.filter(({ seq, type }) => types.includes(type) && seq > query.afterSeq && seq < below);
      const back = query.beforeSeq !== undefined;
      const items = back ? fitting.slice(-query.limit) : fitting.slice(0, query.limit);
      const more = fitting.length > query.limit;
      const end = items.at(-1)?.seq ?? query.afterSeq;
      return Promise.resolve({ items, more, lastSeq: more || back ? end : Math.max(end, log.length) });
    },
  };
}

function logOf(types: LogEvent['type'][]): LogEvent[] {
  return types.map((type, index) => ({ seq: index + 1, type }) as LogEvent);
}

const repeat = (count: number, type: LogEvent['type']) => Array.from({ length: count }, () => type);

describe('readHistory', () => {
  it('reads what makes the conversation and follows from the end of the whole log', async () => {
    const log = over(logOf(['run.started', 'command.output', 'agent.delta', 'agent.message', 'usage']));

    const history = await readHistory(log.read, false);

    expect(history.events.map(({ seq }) => seq)).toEqual([1, 4]);
    expect(history).toMatchObject({ lastSeq: 5, isCut: false });
    expect(log.asked).toHaveLength(1);
  });

  it('reads what the agent is just writing, in its place, and no words of a message that is whole', async () => {
    const log = over(logOf(['run.started', 'agent.delta', 'agent.message', 'agent.delta', 'command.started', 'agent.delta']));

    const history = await readHistory(log.read, true);

    expect(history.events.map(({ seq }) => seq)).toEqual([1, 3, 4, 5, 6]);
  });

  it('leaves to the stream what came while it read', async () => {
    const types: LogEvent['type'][] = ['run.started', 'agent.delta'];
    const log = over(logOf(types));
    const read = (query: EventQuery) => {
      const page = log.read(query);
      return query.types === 'agent.delta' ? over(logOf([...types, 'agent.delta'])).read(query) : page;
    };

    const history = await readHistory(read, true);

    expect(history.events.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(history.lastSeq).toBe(2);
  });

  it.each([
    [1500, false, 1500],
    [2000, false, 2000],
    [5000, true, 2000],
  ])('of %i messages is cut: %j, with the beginning and the end', async (count, isCut, kept) => {
    const log = over(logOf(repeat(count, 'agent.message')));

    const history = await readHistory(log.read, false);

    expect(history.isCut).toBe(isCut);
    expect(history.events).toHaveLength(kept);
    expect([history.events[0]?.seq, history.events.at(-1)?.seq, history.lastSeq]).toEqual([1, count, count]);
  });
});
