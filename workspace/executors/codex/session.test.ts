import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findSession } from './session.ts';

describe('the session of a thread', () => {
  let home: string;
  let sessions: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'af-session-'));
    sessions = join(home, '.codex', 'sessions');
    mkdirSync(sessions, { recursive: true });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function write(day: string, name: string): string {
    const path = join(sessions, day, name);
    mkdirSync(join(sessions, day), { recursive: true });
    writeFileSync(path, '{}\n');
    return path;
  }

  it('is its newest file, over days and years', async () => {
    write('2025/12/31', 'rollout-2025-12-31T23-59-59-thread-1.jsonl');
    write('2026/01/02', 'rollout-2026-01-02T08-00-00-thread-1.jsonl');
    const newest = write('2026/01/02', 'rollout-2026-01-02T09-00-00-thread-1.jsonl');
    write('2026/02/01', 'rollout-2026-02-01T09-00-00-thread-2.jsonl');

    expect(await findSession(home, 'thread-1')).toBe(newest);
    expect(await findSession(home, 'thread-3')).toBeNull();
  });

  it('is found beside links that lead round and round without end', async () => {
    const found = write('2026/01/02', 'rollout-2026-01-02T08-00-00-thread-1.jsonl');
    for (let level = 0; level < 36; level += 1) mkdirSync(join(sessions, `L${level}`));
    for (let level = 0; level < 35; level += 1)
      for (const name of ['a', 'b']) symlinkSync(join(sessions, `L${level + 1}`), join(sessions, `L${level}`, name));
    symlinkSync(sessions, join(sessions, '2027'));

    expect(await findSession(home, 'thread-1')).toBe(found);
  });
});
