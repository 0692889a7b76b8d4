import { describe, expect, it } from '@jest/globals';
import { daemonNow } from './probe.ts';

const info = { ID: 'a', ServerVersion: '28.1.0', SystemTime: '2026-03-01T10:00:00.123456789Z', SecurityOptions: [], NCPU: 4 };

describe('what a daemon says of itself', () => {
  it('tells it from another one, and from another version of it', () => {
    const { identity } = daemonNow(info);

    expect(daemonNow({ ...info, SystemTime: '2026-03-01T11:00:00Z' }).identity).toBe(identity);
    expect(daemonNow({ ...info, ID: 'b' }).identity).not.toBe(identity);
    expect(daemonNow({ ...info, ServerVersion: '28.2.0' }).identity).not.toBe(identity);
  });

  it('has the time of its own clock', () => {
    expect(daemonNow(info).nowMs).toBe(Date.UTC(2026, 2, 1, 10, 0, 0, 123));
    expect(daemonNow({}).nowMs / 1000).toBeCloseTo(Date.now() / 1000, 0);
  });
});
