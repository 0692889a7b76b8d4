import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRefresher } from './refresh.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Runs that end when told. */
function runs() {
  const ends: ((error?: Error) => void)[] = [];
  const run = () => new Promise<void>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())));
  return { run, ends };
}

describe('createRefresher', () => {
  it('makes one run of a burst', async () => {
    const { run, ends } = runs();
    const refresher = createRefresher(run, 100);

    for (let n = 0; n < 50; n += 1) refresher.request();
    await jest.advanceTimersByTimeAsync(1_000);

    expect(ends).toHaveLength(1);
  });

  it('runs once more for what came during a run, never two at once', async () => {
    const { run, ends } = runs();
    const refresher = createRefresher(run, 100);
    refresher.request();
    await jest.advanceTimersByTimeAsync(100);

    refresher.request();
    refresher.request();
    await jest.advanceTimersByTimeAsync(1_000);
    const during = ends.length;
    ends[0]?.();
    await jest.advanceTimersByTimeAsync(100);

    expect([during, ends.length]).toEqual([1, 2]);
  });

  it('goes on after a run that failed', async () => {
    const { run, ends } = runs();
    const refresher = createRefresher(run, 100);
    refresher.request();
    await jest.advanceTimersByTimeAsync(100);

    ends[0]?.(new Error('away'));
    await jest.advanceTimersByTimeAsync(0);
    refresher.request();
    await jest.advanceTimersByTimeAsync(100);

    expect(ends).toHaveLength(2);
  });

  it('does nothing once it is stopped', async () => {
    const { run, ends } = runs();
    const refresher = createRefresher(run, 100);

    refresher.request();
    refresher.stop();
    refresher.request();
    await jest.advanceTimersByTimeAsync(1_000);

    expect(ends).toHaveLength(0);
  });
});
