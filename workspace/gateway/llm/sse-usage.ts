import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import type { TokenUsage } from '../../../workflows/contracts/run.ts';

const Usage = z.object({
  input_tokens: z.number().nonnegative(),
  output_tokens: z.number().nonnegative(),
  input_tokens_details: z.object({ cached_tokens: z.number().nonnegative() }).partial().nullish(),
});

const EndEvent = z.object({
  type: z.enum(['response.completed', 'response.incomplete', 'response.failed']),
  response: z.object({
    usage: Usage.nullish(),
    error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  }),
});

/** What an event stream said of its own end. `ended` null: the stream broke off before its end. */
export interface StreamSummary {
  ended: 'completed' | 'incomplete' | 'failed' | null;
  usage: TokenUsage | null;
  error: string | null;
}

/** Watches a copy of an event stream's bytes for its end and its usage. Never throws: a foreign stream has no summary. */
export function createStreamMeter(): { push(chunk: Uint8Array): void; summary(): StreamSummary } {
  const summary: StreamSummary = { ended: null, usage: null, error: null };
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent(event) {
      if (!/"response\.(completed|incomplete|failed)"/.test(event.data)) return;
      const parsed = EndEvent.safeParse(parseJson(event.data));
      if (!parsed.success) return;
      summary.ended = parsed.data.type.slice('response.'.length) as StreamSummary['ended'];
      summary.usage = usageOf(parsed.data.response.usage);
      summary.error = parsed.data.response.error?.message ?? parsed.data.response.error?.code ?? null;
    },
  });
  return { push: (chunk) => parser.feed(decoder.decode(chunk, { stream: true })), summary: () => summary };
}

/** The usage of an answer that was one JSON document; null when it names none. */
export function usageOfDocument(bytes: Buffer): TokenUsage | null {
  const parsed = z.object({ usage: Usage.nullish() }).safeParse(parseJson(bytes.toString('utf8')));
  return parsed.success ? usageOf(parsed.data.usage) : null;
}

function usageOf(usage: z.infer<typeof Usage> | null | undefined): TokenUsage | null {
  if (!usage) return null;
  return {
    inputTokens: usage.input_tokens,
    cachedInputTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.output_tokens,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
