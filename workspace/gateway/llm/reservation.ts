import { z } from 'zod';
import type { Refusal } from './refusal.ts';
import type { CallSettlement } from './call-ledger.ts';
import type { ModelBody } from './model-body.ts';

/** Fewest bytes of a request that make a token: text of any language, code and base64 have more. */
const bytesPerToken = 2;
/** What an image that is sent with the call is taken for, whatever its size. */
const imageTokens = 4_000;
const inlineImage = /^data:image\/[\w.+-]+;base64,/;
/** What a call that names no limit is taken to answer at most; Codex names none. */
const answerTokens = 32_000;
/** An answer's stream repeats each word in an event of its own, so that its bytes make fewer tokens than those of text. */
const answerBytesPerToken = 4;

const OutputLimit = z.object({ max_output_tokens: z.number().int().positive().optional().catch(undefined) });

/** The most that a call is taken to use, in tokens. */
export interface CallBound {
  inputTokens: number;
  outputTokens: number;
}

/** Bound of a call by its body, as it came and parsed. Pure. */
export function boundOf(body: Buffer, parsed: Pick<ModelBody, 'input' | 'max_output_tokens'>): CallBound {
  let images = 0;
  let bytes = body.length;
  for (const data of inlineImages(parsed.input)) {
    images += 1;
    bytes -= data.length;
  }
  return {
    inputTokens: Math.ceil(bytes / bytesPerToken) + images * imageTokens,
    outputTokens: OutputLimit.parse(parsed).max_output_tokens ?? answerTokens,
  };
}

/** The images that come along where a provider takes them for such: parts of a message, or of what a tool gave. Elsewhere they are text. */
function* inlineImages(input: unknown): Generator<string> {
  for (const item of listOf(input)) {
    for (const part of [...listOf(fieldOf(item, 'content')), ...listOf(fieldOf(item, 'output'))]) {
      const data = fieldOf(part, 'type') === 'input_image' ? fieldOf(part, 'image_url') : null;
      if (typeof data === 'string' && inlineImage.test(data)) yield data;
    }
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Where a request stands: what it may use in all (null: anything), what its ended calls used, what calls under way may use. */
export interface BudgetState {
  budget: number | null;
  counted: number;
  reserved: number;
}

/** Whether a call of this bound may be made; null when it may. Room that only other calls hold comes back: that refusal is one to try again. Pure. */
export function refuseReservation({ budget, counted, reserved }: BudgetState, bound: CallBound): Refusal | null {
  const needed = bound.inputTokens + bound.outputTokens;
  if (budget === null || counted + reserved + needed <= budget) return null;
  const facts = `this request has used ${words(counted)} of the ${words(budget)} tokens that its project allows, and the call may take ${words(needed)} more`;
  if (counted + needed <= budget)
    return {
      status: 503,
      code: 'budget-reserved',
      message: `The gateway did not make the model call yet: ${facts} while others are under way. Try again when they have ended.`,
    };
  return {
    status: 400,
    code: 'budget-exhausted',
    message: `The gateway refused the model call: ${facts}. Raise tokenBudget in the project's settings, then try again.`,
  };
}

/** How far a call came: whether a model server got it, or part of it, and how much of an answer there was. */
export interface CallProgress {
  isSent: boolean;
  answerBytes: number;
}

/**
 * What an ended call is counted as, in tokens: what the provider says; nothing where it refused or did not answer; its whole bound where
 * the workspace hung up before the provider could; else, since the answer broke off before it told, its whole input and as much of the
 * output as came. Pure.
 */
export function countedTokens(
  bound: CallBound,
  { state, status, usage }: Pick<CallSettlement, 'state' | 'status' | 'usage'>,
  { isSent, answerBytes }: CallProgress,
): number {
  if (usage) return usage.inputTokens + usage.outputTokens;
  if (status === null) return state === 'aborted' && isSent ? bound.inputTokens + bound.outputTokens : 0;
  if (status >= 400) return 0;
  return bound.inputTokens + Math.min(bound.outputTokens, Math.ceil(answerBytes / answerBytesPerToken));
}

function words(tokens: number): string {
  return tokens.toLocaleString('en-US');
}
