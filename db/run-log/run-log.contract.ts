import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import type { ArtifactStore } from '../artifacts/port.ts';
import type { RunLog, RunLogScope } from './port.ts';

export interface RunLogUnderTest {
  runLog: RunLog;
  artifacts: ArtifactStore;
  close(): Promise<void>;
}

const tenantId = 'contract';

function scopeOf(requestId = v7(), runId: string | null = v7()): RunLogScope {
  return { tenantId, requestId, runId, attempt: runId ? 1 : null };
}

function warning(message: string, emittedAtMs = 1_700_000_000_000): NewEvent {
  return { type: 'warning', emittedAtMs, data: { message } };
}

function delta(itemId: string, text: string): NewEvent {
  return { type: 'agent.delta', emittedAtMs: 1_700_000_000_000, data: { itemId, text } };
}

/** What every run log does, whatever it is kept in. */
export function runLogContract(name: string, open: () => Promise<RunLogUnderTest>): void {
  describe(`run log contract: ${name}`, () => {
    let test: RunLogUnderTest;
    let log: RunLog;

    beforeAll(async () => {
      test = await open();
      log = test.runLog;
    });

    afterAll(() => test.close());

    async function readAll(scope: RunLogScope, afterSeq = 0) {
      return log.read(scope.tenantId, { requestId: scope.requestId, afterSeq, limit: 10_000 });
    }

    it('gives back what was appended, in order and numbered from 1', async () => {
      const scope = scopeOf();

      await log.append(scope, [warning('one', 1_700_000_000_123), warning('two')], 'first');
      await log.append({ ...scope, runId: null, attempt: null }, [warning('three')], 'second');

      expect(await readAll(scope)).toEqual([
        { ...warning('one', 1_700_000_000_123), seq: 1, requestId: scope.requestId, runId: scope.runId, attempt: 1 },
        { ...warning('two'), seq: 2, requestId: scope.requestId, runId: scope.runId, attempt: 1 },
        { ...warning('three'), seq: 3, requestId: scope.requestId, runId: null, attempt: null },
      ]);
    });

    it('reads on from a sequence number, at most as many as asked for, and of one run alone', async () => {
      const scope = scopeOf();
      const other = { ...scope, runId: v7() };
      await log.append(scope, [warning('a'), warning('b')], 'a');
      await log.append(other, [warning('c'), warning('d')], 'b');

      const page = await log.read(tenantId, { requestId: scope.requestId, afterSeq: 1, limit: 2 });
      const ofRun = await log.read(tenantId, { requestId: scope.requestId, runId: other.runId, afterSeq: 0, limit: 10 });

      expect(page.map(({ seq }) => seq)).toEqual([2, 3]);
      expect(ofRun.map(({ seq }) => seq)).toEqual([3, 4]);
    });

    it('reads some kinds of events alone, each under its place in the whole log', async () => {
      const scope = scopeOf();
      await log.append(scope, [warning('a'), delta('i1', 'b'), warning('c'), delta('i1', 'd')], 'a');

      const page = await log.read(tenantId, { requestId: scope.requestId, types: ['warning'], afterSeq: 0, limit: 10 });
      const further = await log.read(tenantId, { requestId: scope.requestId, types: ['warning', 'usage'], afterSeq: 1, limit: 10 });

      expect(page.map(({ seq }) => seq)).toEqual([1, 3]);
      expect(further.map(({ seq }) => seq)).toEqual([3]);
    });

    it('reads the newest events before a sequence number, in order', async () => {
      const scope = scopeOf();
      await log.append(
        scope,
        ['a', 'b', 'c', 'd', 'e'].map((message) => warning(message)),
        'a',
      );
      const read = async (input: { afterSeq: number; beforeSeq: number; limit: number }) =>
        (await log.read(tenantId, { requestId: scope.requestId, ...input })).map(({ seq }) => seq);

      expect(await read({ afterSeq: 0, beforeSeq: 5, limit: 2 })).toEqual([3, 4]);
      expect(await read({ afterSeq: 0, beforeSeq: Number.MAX_SAFE_INTEGER, limit: 10 })).toEqual([1, 2, 3, 4, 5]);
      expect(await read({ afterSeq: 2, beforeSeq: 4, limit: 10 })).toEqual([3]);
    });

    it('shows a request to its own tenant only', async () => {
      const scope = scopeOf();
      await log.append(scope, [warning('private')], 'a');

      const events = await log.read('another', { requestId: scope.requestId, afterSeq: 0, limit: 10 });

      expect(events).toEqual([]);
    });

    it('appends once for a dedupe key', async () => {
      const scope = scopeOf();

      await Promise.all(Array.from({ length: 4 }, () => log.append(scope, [warning('once')], 'same')));

      expect(await readAll(scope)).toHaveLength(1);
    });

    it('keeps the sequence dense when many append at once', async () => {
      const scope = scopeOf();

      await Promise.all(Array.from({ length: 40 }, (_, n) => log.append(scope, [warning(`${n}a`), warning(`${n}b`)], `key-${n}`)));

      const events = await readAll(scope);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 80 }, (_, n) => n + 1));
      for (let i = 0; i < events.length; i += 2) {
        const pair = events.slice(i, i + 2).map(({ data }) => (data as { message: string }).message);
        expect(pair[0]?.replace('a', 'b')).toBe(pair[1]);
      }
    });

    it('moves the offset with the batch', async () => {
      const scope = scopeOf();
      const workspaceId = `${scope.runId}-a1`;
      expect(await log.tailOffset(tenantId, workspaceId)).toBe(0);

      const first = await log.appendTail(scope, { workspaceId, startOffset: 0, endOffset: 100, events: [warning('a')] });
      const silent = await log.appendTail(scope, { workspaceId, startOffset: 100, endOffset: 150, events: [] });
      const second = await log.appendTail(scope, { workspaceId, startOffset: 150, endOffset: 200, events: [warning('b')] });

      expect([first, silent, second]).toEqual([true, true, true]);
      expect(await log.tailOffset(tenantId, workspaceId)).toBe(200);
      expect((await readAll(scope)).map(({ seq }) => seq)).toEqual([1, 2]);
    });

    it('lets one of two watchers win and writes nothing of the other', async () => {
      const scope = scopeOf();
      const workspaceId = `${scope.runId}-a1`;
      const batch = (message: string) => log.appendTail(scope, { workspaceId, startOffset: 0, endOffset: 50, events: [warning(message)] });

      const won = await Promise.all([batch('one'), batch('two'), batch('three')]);
      const late = await log.appendTail(scope, { workspaceId, startOffset: 10, endOffset: 60, events: [warning('late')] });

      expect(won.filter(Boolean)).toHaveLength(1);
      expect(late).toBe(false);
      expect(await readAll(scope)).toHaveLength(1);
      expect(await log.tailOffset(tenantId, workspaceId)).toBe(50);
    });

    it('refuses a first batch that does not start at the beginning', async () => {
      const scope = scopeOf();

      const appended = await log.appendTail(scope, { workspaceId: v7(), startOffset: 10, endOffset: 20, events: [warning('late')] });

      expect(appended).toBe(false);
      expect(await readAll(scope)).toEqual([]);
    });

    it('joins adjacent deltas of one item, and no others', async () => {
      const scope = scopeOf();
      const events = [delta('i1', 'Hel'), delta('i1', 'lo'), delta('i2', '!'), warning('x'), delta('i2', '?')];

      await log.appendTail(scope, { workspaceId: v7(), startOffset: 0, endOffset: 9, events });

      expect((await readAll(scope)).map(({ data }) => data)).toEqual([
        { itemId: 'i1', text: 'Hello' },
        { itemId: 'i2', text: '!' },
        { message: 'x' },
        { itemId: 'i2', text: '?' },
      ]);
    });

    it('moves a long body into an artifact and keeps its beginning', async () => {
      const scope = scopeOf();
      const text = `begin ${'ö'.repeat(100_000)} end`;

      await log.append(scope, [{ type: 'agent.message', emittedAtMs: 0, data: { itemId: 'i', text } }], 'long');

      const [event] = await readAll(scope);
      const data = event?.data as { text: string; artifactId: string };
      expect(data.text.length).toBeLessThan(5_000);
      expect(text.startsWith(data.text.slice(0, -1))).toBe(true);
      const artifact = await test.artifacts.get(tenantId, data.artifactId);
      expect(Buffer.from(artifact!.bytes).toString('utf8')).toBe(text);
    });

    it('takes whatever a hostile workspace writes', async () => {
      const scope = scopeOf();
      let nested: unknown = 'bottom';
      for (let i = 0; i < 500; i++) nested = [nested];
      const hostile: NewEvent[] = [
        { type: 'error', emittedAtMs: Number.NaN, data: { message: 'nul \0, half \ud83d of a pair, \\u0000 written out' } },
        { type: 'raw', emittedAtMs: 1e300, data: { method: 'm\0', params: { 'k\0': nested, __proto__: 1 } } },
        { type: 'raw', emittedAtMs: -5, data: { method: "'; drop table events; --", params: { long: 'x'.repeat(200_000) } } },
      ];

      await log.append(scope, hostile, 'hostile');

      const events = await readAll(scope);
      expect(events).toHaveLength(3);
      expect(events[0]?.data).toEqual({ message: 'nul \ufffd, half \ufffd of a pair, \\u0000 written out' });
      expect(events[2]?.data).toMatchObject({ method: "'; drop table events; --", artifactId: expect.any(String) });
    });

    it('tells subscribers which request has news up to where', async () => {
      const scope = scopeOf();
      let heard: (news: { tenantId: string; requestId: string; lastSeq: number }) => void = () => undefined;
      const news = new Promise<{ tenantId: string; requestId: string; lastSeq: number }>((resolve) => (heard = resolve));
      const unsubscribe = await log.subscribe((item) => {
        if (item.requestId === scope.requestId && item.lastSeq === 3) heard(item);
      });

      await log.append(scope, [warning('a')], 'a');
      await log.append(scope, [warning('b'), warning('c')], 'b');

      expect(await news).toEqual({ tenantId, requestId: scope.requestId, lastSeq: 3 });
      await unsubscribe();
    });
  });
}
