import { describe, expect, it } from '@jest/globals';
import { codexConfigToml } from './config.ts';
import { failureOf, normalise, turnUsage } from './normalise.ts';
import { sessionRelativePath } from './session.ts';

describe('normalise', () => {
  it.each([
    ['item/agentMessage/delta', { itemId: 'i', delta: 'x' }, [{ type: 'agent.delta', data: { itemId: 'i', text: 'x' } }]],
    [
      'item/completed',
      { item: { type: 'agentMessage', id: 'i', text: 'done' } },
      [{ type: 'agent.message', data: { itemId: 'i', text: 'done' } }],
    ],
    [
      'item/completed',
      { item: { type: 'fileChange', id: 'i', changes: [{ path: 'a', kind: { type: 'add' }, diff: '+' }] } },
      [{ type: 'file.changed', data: { itemId: 'i', changes: [{ path: 'a', kind: 'add' }] } }],
    ],
    [
      'turn/plan/updated',
      { plan: [{ step: 's', status: 'pending' }] },
      [{ type: 'agent.plan', data: { steps: [{ step: 's', status: 'pending' }] } }],
    ],
    ['error', { error: { message: 'm' }, willRetry: true }, [{ type: 'warning', data: { message: 'm' } }]],
    ['error', { error: { message: 'm' }, willRetry: false }, [{ type: 'error', data: { message: 'm' } }]],
    ['turn/diff/updated', { diff: 'long' }, []],
    ['brand/new', { a: 1 }, [{ type: 'raw', data: { method: 'brand/new', params: { a: 1 } } }]],
    [
      'item/agentMessage/delta',
      { another: 'shape' },
      [{ type: 'raw', data: { method: 'item/agentMessage/delta', params: { another: 'shape' } } }],
    ],
  ])('%s', (method, params, events) => {
    expect(normalise(method, params)).toEqual(events);
  });

  it('cuts a notification that is too large to pass on', () => {
    const [event] = normalise('brand/new', { text: 'x'.repeat(100_000) });

    expect(JSON.stringify(event).length).toBeLessThan(20_000);
  });
});

describe('turnUsage', () => {
  it('counts this turn only, on a thread that has used tokens before', () => {
    const tokens = (inputTokens: number) => ({ inputTokens, cachedInputTokens: 0, outputTokens: 1 });
    const first = turnUsage({ turnId: 't', tokenUsage: { total: tokens(500), last: tokens(100) } }, 't', null);
    const second = turnUsage({ turnId: 't', tokenUsage: { total: tokens(650), last: tokens(150) } }, 't', first?.before ?? null);

    expect(turnUsage({ turnId: 'earlier', tokenUsage: { total: tokens(400), last: tokens(9) } }, 't', null)).toBeNull();
    expect(first?.total.inputTokens).toBe(100);
    expect(second?.total.inputTokens).toBe(250);
  });
});

describe('failureOf', () => {
  it.each([
    ['{"error":{"message":"used up","code":"budget-exhausted"}}', 'used up'],
    ['{"error":"x"}', '{"error":"x"}'],
    ['{ no JSON', '{ no JSON'],
  ])('says %s in words', (message, error) => {
    expect(failureOf({ id: 't', status: 'failed', error: { message, codexErrorInfo: null } }, true).error).toBe(error);
  });

  it.each([
    ['usageLimitExceeded', false, 'model-refused'],
    ['other', true, 'model-refused'],
    ['serverOverloaded', false, 'agent-error'],
    [{ httpConnectionFailed: { httpStatusCode: 500 } }, false, 'agent-error'],
  ])('%p', (codexErrorInfo, refused, reason) => {
    expect(failureOf({ id: 't', status: 'failed', error: { message: 'm', codexErrorInfo } }, refused)).toEqual({ reason, error: 'm' });
  });
});

describe('sessionRelativePath', () => {
  it('is where Codex looks for the thread', () => {
    const line = JSON.stringify({ type: 'session_meta', payload: { id: 'x', timestamp: '2026-02-03T04:05:06.789Z' } });

    expect(sessionRelativePath(Buffer.from(`${line}\n{}\n`), '01a20658-60ba')).toBe(
      'sessions/2026/02/03/rollout-2026-02-03T04-05-06-01a20658-60ba.jsonl',
    );
  });

  it.each(['{}', 'junk', ''])('refuses what is no session: %p', (content) => {
    expect(() => sessionRelativePath(Buffer.from(content), '01a20658-60ba')).toThrow(/not a Codex session/);
  });
});

describe('codexConfigToml', () => {
  it('quotes what people may write', () => {
    expect(codexConfigToml({ model: 'a"b\n', relayUrl: 'http://127.0.0.1:1' })).toContain('model = "a\\"b\\n"\n');
  });
});
