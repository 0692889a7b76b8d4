import { z } from 'zod';

/** The parts of the app-server's protocol (0.169.0, `codex app-server generate-ts`) that are read; the rest passes through. */
const CodexError = z.object({
  message: z.string(),
  codexErrorInfo: z.unknown().optional(),
  additionalDetails: z.string().nullish(),
});

export const Item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('agentMessage'), id: z.string(), text: z.string() }),
  z.object({ type: z.literal('reasoning'), id: z.string(), summary: z.array(z.string()), content: z.array(z.string()).default([]) }),
  z.object({ type: z.literal('plan'), id: z.string(), text: z.string() }),
  z.object({
    type: z.literal('commandExecution'),
    id: z.string(),
    command: z.string(),
    cwd: z.string().default(''),
    exitCode: z.number().int().nullish(),
    durationMs: z.number().nullish(),
    aggregatedOutput: z.string().nullish(),
  }),
  z.object({
    type: z.literal('fileChange'),
    id: z.string(),
    changes: z.array(z.object({ path: z.string(), kind: z.object({ type: z.string() }) })),
  }),
  z.object({ type: z.literal('exitedReviewMode'), id: z.string(), review: z.string() }),
]);
export type Item = z.infer<typeof Item>;

export const ItemParams = z.object({ item: z.object({ type: z.string(), id: z.string() }).loose() });
export const DeltaParams = z.object({ itemId: z.string(), delta: z.string() });
export const PlanParams = z.object({ plan: z.array(z.object({ step: z.string(), status: z.string() })) });
export const ErrorParams = z.object({ error: CodexError, willRetry: z.boolean().default(false) });
export const WarningParams = z.object({ message: z.string() });

const Tokens = z.object({ inputTokens: z.number(), cachedInputTokens: z.number(), outputTokens: z.number() });
export const UsageParams = z.object({ turnId: z.string(), tokenUsage: z.object({ total: Tokens, last: Tokens }) });

export const TurnParams = z.object({
  turn: z.object({ id: z.string(), status: z.string(), error: CodexError.nullish() }),
});
export const StartedParams = z.object({ turn: z.object({ id: z.string() }) });
export type CodexTurn = z.infer<typeof TurnParams>['turn'];

export const ThreadAnswer = z.object({ thread: z.object({ id: z.string(), path: z.string().nullish() }) });
export const TurnAnswer = z.object({ turn: z.object({ id: z.string() }) });

export const UserInputParams = z.object({
  itemId: z.string(),
  questions: z.array(
    z.object({
      id: z.string(),
      header: z.string(),
      question: z.string(),
      isOther: z.boolean().default(false),
      options: z.array(z.object({ label: z.string(), description: z.string() })).nullish(),
    }),
  ),
});
export const ResolvedParams = z.object({ requestId: z.union([z.string(), z.number()]) });

/** First line of a session file. */
export const SessionMeta = z.object({ payload: z.object({ id: z.string(), timestamp: z.string() }) });

/** The line of a session file that holds a review's findings (the app-server's own item has them as text only). */
export const ReviewLine = z.object({
  payload: z.object({
    item: z.object({ type: z.literal('ExitedReviewMode'), review_output: z.looseObject({ findings: z.array(z.unknown()) }) }),
  }),
});
