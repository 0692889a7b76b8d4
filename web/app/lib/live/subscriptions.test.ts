import { describe, expect, it } from '@jest/globals';
import { isServedBy, type StreamPlan, Subscriptions } from './subscriptions.ts';

describe('Subscriptions', () => {
  it('asks for the union of all tabs, each request from whoever is furthest behind', () => {
    const subscriptions = new Subscriptions<string>(50);
    subscriptions.add('tab 1', 1, 'b', 7);
    subscriptions.add('tab 2', 1, 'a', 3);
    subscriptions.add('tab 2', 2, 'b', 2);

    const plan = subscriptions.plan();

    expect(plan).toEqual({ requestIds: ['a', 'b'], after: [3, 2], changes: false });
  });

  it('gives an event to those who do not have it, and to nobody twice', () => {
    const subscriptions = new Subscriptions<string>(50);
    subscriptions.add('tab 1', 1, 'a', 5);
    subscriptions.add('tab 2', 9, 'a', 0);

    // One stream from the beginning to 6, another that begins at 5.
    const stream = [
      [1, 0],
      [5, 1],
      [6, 5],
      [6, 5],
      [7, 6],
    ] as const;
    const given = stream.map(([seq, before]) => subscriptions.take({ requestId: 'a', seq }, before));

    expect(given.map((deliveries) => deliveries.map(({ tab }) => tab))).toEqual([
      ['tab 2'],
      ['tab 2'],
      ['tab 1', 'tab 2'],
      [],
      ['tab 1', 'tab 2'],
    ]);
  });

  it('leaves no gap for one who is further back than the stream', () => {
    const subscriptions = new Subscriptions<string>(50);
    subscriptions.add('tab 1', 1, 'a', 100);
    subscriptions.add('tab 2', 1, 'a', 3);

    const given = subscriptions.take({ requestId: 'a', seq: 101 }, 100);

    expect(given).toEqual([{ tab: 'tab 1', id: 1 }]);
    expect(subscriptions.plan()?.after).toEqual([3]);
  });

  it('begins a stream anew behind the last event that was given', () => {
    const subscriptions = new Subscriptions<string>(50);
    subscriptions.add('tab 1', 1, 'a', 0);
    subscriptions.take({ requestId: 'a', seq: 41 }, 0);

    const plan = subscriptions.plan();

    expect(plan?.after).toEqual([41]);
  });

  it('forgets a tab with all that it wanted', () => {
    const subscriptions = new Subscriptions<string>(50);
    subscriptions.add('tab 1', 1, 'a', 0);
    subscriptions.setChanges('tab 1', true);

    subscriptions.drop('tab 1');

    expect(subscriptions.plan()).toBeNull();
    expect(subscriptions.changeTabs).toEqual([]);
  });

  it('keeps the stream for changes alone', () => {
    const subscriptions = new Subscriptions<string>(50);
    subscriptions.setChanges('tab 1', true);

    const plan = subscriptions.plan();

    expect(plan).toEqual({ requestIds: [], after: [], changes: true });
  });

  it('prefers the newest requests when there are more than a stream takes', () => {
    const subscriptions = new Subscriptions<string>(2);
    for (const [id, requestId] of ['old', 'newer', 'newest'].entries()) subscriptions.add('tab', id, requestId, 0);

    const plan = subscriptions.plan();

    expect(plan?.requestIds).toEqual(['newer', 'newest']);
  });
});

describe('isServedBy', () => {
  const running: StreamPlan = { requestIds: ['a', 'b'], after: [0, 0], changes: true };
  const position = (requestId: string) => (requestId === 'a' ? 10 : 20);

  it.each<[string, StreamPlan, boolean]>([
    ['the same from where it is', { requestIds: ['a', 'b'], after: [10, 20], changes: true }, true],
    ['one of them from further back', { requestIds: ['a', 'b'], after: [9, 20], changes: true }, false],
    ['one request more', { requestIds: ['a', 'b', 'c'], after: [10, 20, 0], changes: true }, false],
    ['one request less', { requestIds: ['a'], after: [10], changes: true }, false],
    ['without changes', { requestIds: ['a', 'b'], after: [10, 20], changes: false }, false],
  ])('%s: %#', (_name, wanted, expected) => {
    const served = isServedBy(wanted, running, position);

    expect(served).toBe(expected);
  });
});
