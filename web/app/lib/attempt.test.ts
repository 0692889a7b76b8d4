import { describe, expect, it } from '@jest/globals';
import { attempt, isAway } from './attempt.ts';

const answer = (status: number, body: { data?: string; error?: unknown }) => () =>
  Promise.resolve({ ...body, response: new Response(null, { status }) });

describe('attempt', () => {
  it('hands on what was done and what was refused', async () => {
    const problem = { title: 'Conflict', status: 409, detail: 'The gate is closed.', code: 'gate-closed' };

    expect(await attempt(answer(200, { data: 'x' }))).toEqual({ ok: true, data: 'x' });
    expect(await attempt(answer(409, { error: problem }))).toEqual({ ok: false, problem });
  });

  it('says in words that the session has ended, and that the network is away', async () => {
    const ended = await attempt(answer(401, {}));
    const away = await attempt(() => Promise.reject(new TypeError('Failed to fetch')));

    expect(ended).toMatchObject({ ok: false, problem: { code: 'not-signed-in', detail: expect.stringContaining('kept in this browser') } });
    expect(away).toMatchObject({ ok: false, problem: { code: 'unreachable', detail: expect.stringContaining('try again') } });
  });

  it('lets errors of our own through', async () => {
    await expect(attempt(() => Promise.reject(new RangeError('bug')))).rejects.toThrow('bug');
  });
});

describe('isAway', () => {
  it.each([
    ['unreachable', 503, true],
    ['not-signed-in', 401, true],
    ['gate-closed', 409, false],
    ['database-unavailable', 503, false],
  ])('for %s (%i) is %j', (code, status, expected) => {
    expect(isAway({ code, status })).toBe(expected);
  });
});
