import { describe, expect, it } from '@jest/globals';
import { boundOf, countedTokens, refuseReservation } from './reservation.ts';

const long = 'A'.repeat(10_000);
const image = (data: string) => ({ type: 'input_image', image_url: `data:image/png;base64,${data}` });

describe('the bound of a call', () => {
  it.each([
    ['text', { input: 'x'.repeat(1000) }, { inputTokens: 506, outputTokens: 32_000 }],
    ['letters of several bytes', { input: '語'.repeat(1000) }, { inputTokens: 1506, outputTokens: 32_000 }],
    ['its own limit', { input: '', max_output_tokens: 500 }, { inputTokens: 18, outputTokens: 500 }],
    ['a limit that is none', { input: '', max_output_tokens: -1 }, { inputTokens: 18, outputTokens: 32_000 }],
    ['an image, however large', { input: [{ content: [image('A'.repeat(1_000_000))] }] }, { inputTokens: 4_032, outputTokens: 32_000 }],
    ['images that a tool gave', { input: [{ output: [image(long), image(long)] }] }, { inputTokens: 8_050, outputTokens: 32_000 }],
    ['words that look like an image', { input: `data:image/png;base64,${long}` }, { inputTokens: 5_017, outputTokens: 32_000 }],
    ['an image where there is none', { input: [{ arguments: [image(long)] }] }, { inputTokens: 5_044, outputTokens: 32_000 }],
    ['an image among tools', { input: undefined, tools: [{ content: [image(long)] }] }, { inputTokens: 5_043, outputTokens: 32_000 }],
    [
      'data that are none',
      { input: [{ content: [{ ...image(''), image_url: `data:image/png,${long}` }] }] },
      { inputTokens: 5_039, outputTokens: 32_000 },
    ],
  ])('is that of %s', (_name, body, expected) => {
    expect(boundOf(Buffer.from(JSON.stringify(body)), body)).toEqual(expected);
  });
});

describe('a reservation', () => {
  const bound = { inputTokens: 60, outputTokens: 40 };

  it.each([
    ['made without a budget', { budget: null, counted: 10 ** 9, reserved: 10 ** 9 }, null],
    ['made where it just fits', { budget: 1000, counted: 700, reserved: 200 }, null],
    ['put off while others hold the room', { budget: 1000, counted: 700, reserved: 201 }, 'budget-reserved'],
    ['put off where it fits once they are settled', { budget: 1000, counted: 900, reserved: 1 }, 'budget-reserved'],
    ['refused once too much is used', { budget: 1000, counted: 901, reserved: 0 }, 'budget-exhausted'],
    ['refused where nothing is allowed', { budget: 0, counted: 0, reserved: 0 }, 'budget-exhausted'],
  ])('is %s', (_name, state, code) => {
    expect(refuseReservation(state, bound)?.code ?? null).toBe(code);
  });

  it('is refused for good or for now by the status that an agent heeds, with what to do', () => {
    const exhausted = refuseReservation({ budget: 2_000_000, counted: 1_999_950, reserved: 0 }, bound);
    const reserved = refuseReservation({ budget: 100, counted: 0, reserved: 1 }, bound);

    expect([exhausted?.status, reserved?.status]).toEqual([400, 503]);
    expect(exhausted?.message).toBe(
      "The gateway refused the model call: this request has used 1,999,950 of the 2,000,000 tokens that its project allows, and the call may take 100 more. Raise tokenBudget in the project's settings, then try again.",
    );
  });
});

describe('an ended call', () => {
  const bound = { inputTokens: 60, outputTokens: 40 };
  const usage = { inputTokens: 50, cachedInputTokens: 10, outputTokens: 5 };

  it.each([
    ['what the provider says', { status: 200, usage }, { answerBytes: 9_999 }, 55],
    ['nothing where nobody answered', { status: null, state: 'failed' as const }, {}, 0],
    ['nothing where it was given up before it went out', { status: null }, { isSent: false }, 0],
    ['its whole bound where it was given up before the answer', { status: null }, {}, 100],
    ['nothing where it was refused', { status: 429 }, { answerBytes: 300 }, 0],
    ['its input and what came of the output where it broke off', { status: 200 }, { answerBytes: 81 }, 81],
    ['no more than its bound', { status: 200 }, { answerBytes: 10 ** 9 }, 100],
  ])('is counted as %s', (_name, ended, progress, expected) => {
    const hungUp = { state: 'aborted' as const, usage: null };

    expect(countedTokens(bound, { ...hungUp, ...ended }, { isSent: true, answerBytes: 0, ...progress })).toBe(expected);
  });
});
