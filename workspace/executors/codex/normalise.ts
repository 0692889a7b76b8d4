import { z } from 'zod';
import type { EventData, SupervisorEventType } from '../../../workflows/contracts/events.ts';
import type { FailureReason } from '../../../workflows/contracts/run.ts';
import { DeltaParams, ErrorParams, Item, ItemParams, PlanParams, UsageParams, WarningParams } from './protocol.ts';
import type { CodexTurn } from './protocol.ts';

/** An event without its time. */
export type Normalised = { [K in SupervisorEventType]: { type: K; data: EventData<K> } }[SupervisorEventType];

/** Known and of no use to a reader: repeats what other notifications say, or grows with the work. */
const ignored = new Set([
  'thread/started',
  'thread/status/changed',
  'thread/settings/updated',
  'thread/name/updated',
  'thread/environment/connected',
  'thread/tokenUsage/updated',
  'thread/readState/changed',
  'thread/queue/changed',
  'thread/project/updated',
  'project/changed',
  'turn/started',
  'turn/completed',
  'turn/diff/updated',
  'item/fileChange/outputDelta',
  'item/fileChange/patchUpdated',
  'item/reasoning/summaryPartAdded',
  'item/reasoning/summaryTextDelta',
  'item/reasoning/textDelta',
  'item/commandExecution/terminalInteraction',
  'serverRequest/resolved',
  'account/rateLimits/updated',
  'account/updated',
  'rawResponseItem/completed',
  'rawResponse/completed',
  'skills/changed',
  'mcpServer/startupStatus/updated',
  'remoteControl/status/changed',
]);

const maxRawChars = 16_384;

/**
 * What one notification of the app-server tells people: pure, no state. Unknown ones, and known ones of another shape, pass
 * through as `raw`, cut to 16 K characters.
 */
export function normalise(method: string, params: unknown): Normalised[] {
  if (ignored.has(method)) return [];
  return known(method, params) ?? [raw(method, params)];
}

function known(method: string, params: unknown): Normalised[] | null {
  switch (method) {
    case 'item/agentMessage/delta':
    case 'item/plan/delta':
      return read(DeltaParams, params, ({ itemId, delta }) => [{ type: 'agent.delta', data: { itemId, text: delta } }]);
    case 'item/commandExecution/outputDelta':
      return read(DeltaParams, params, ({ itemId, delta }) => [{ type: 'command.output', data: { itemId, text: delta } }]);
    case 'item/started':
      return read(ItemParams, params, ({ item }) => started(item));
    case 'item/completed':
      return read(ItemParams, params, ({ item }) => completed(item));
    case 'turn/plan/updated':
      return read(PlanParams, params, ({ plan }) => [{ type: 'agent.plan', data: { steps: plan } }]);
    case 'error':
      return read(ErrorParams, params, ({ error, willRetry }) => [
        willRetry
          ? { type: 'warning', data: { message: wordsOf(error.message) } }
          : { type: 'error', data: { message: wordsOf(error.message) } },
      ]);
    case 'warning':
    case 'configWarning':
    case 'guardianWarning':
    case 'deprecationNotice':
      return read(WarningParams, params, ({ message }) => [{ type: 'warning', data: { message } }]);
    default:
      return null;
  }
}

function started(value: z.infer<typeof ItemParams>['item']): Normalised[] {
  const item = Item.safeParse(value).data;
  if (item?.type === 'commandExecution')
    return [{ type: 'command.started', data: { itemId: item.id, command: item.command, cwd: item.cwd } }];
  return [];
}

function completed(value: z.infer<typeof ItemParams>['item']): Normalised[] {
  const item = Item.safeParse(value).data;
  if (!item) return ['userMessage', 'enteredReviewMode'].includes(value.type) ? [] : [raw('item/completed', { item: value })];
  const itemId = item.id;
  switch (item.type) {
    case 'agentMessage':
    case 'plan':
      return [{ type: 'agent.message', data: { itemId, text: item.text } }];
    case 'exitedReviewMode':
      return [{ type: 'agent.message', data: { itemId, text: item.review } }];
    case 'reasoning': {
      const text = [...item.summary, ...item.content].join('\n\n');
      return text ? [{ type: 'agent.reasoning', data: { itemId, text } }] : [];
    }
    case 'commandExecution':
      return [{ type: 'command.completed', data: { itemId, exitCode: item.exitCode ?? null, durationMs: item.durationMs ?? null } }];
    case 'fileChange':
      return [{ type: 'file.changed', data: { itemId, changes: item.changes.map(({ path, kind }) => ({ path, kind: kind.type })) } }];
  }
}

/** Null when the shape is another: then it passes through. */
function read<S extends z.ZodType>(schema: S, params: unknown, make: (value: z.infer<S>) => Normalised[]): Normalised[] | null {
  const parsed = schema.safeParse(params);
  return parsed.success ? make(parsed.data) : null;
}

function raw(method: string, params: unknown): Normalised {
  const text = JSON.stringify(params) ?? '';
  return { type: 'raw', data: { method, params: text.length > maxRawChars ? { truncated: text.slice(0, maxRawChars) } : params } };
}

/**
 * Token usage of the turn so far: Codex counts over the whole thread, `before` is its count when the turn began. Null for another
 * turn's: a resumed thread begins with a repetition of its last count.
 */
export function turnUsage(
  params: unknown,
  turnId: string | null,
  before: EventData<'usage'> | null,
): { total: EventData<'usage'>; before: EventData<'usage'> } | null {
  const parsed = UsageParams.safeParse(params).data;
  if (parsed?.turnId !== turnId || !parsed) return null;
  const { total, last } = parsed.tokenUsage;
  const base = before ?? minus(total, last);
  return { total: minus(total, base), before: base };
}

function minus(a: EventData<'usage'>, b: EventData<'usage'>): EventData<'usage'> {
  return {
    inputTokens: Math.max(0, a.inputTokens - b.inputTokens),
    cachedInputTokens: Math.max(0, a.cachedInputTokens - b.cachedInputTokens),
    outputTokens: Math.max(0, a.outputTokens - b.outputTokens),
  };
}

const refusalInfos = new Set(['usageLimitExceeded', 'sessionBudgetExceeded', 'unauthorized', 'modelNotFound']);

/** Why a turn that Codex calls failed has failed. `refused`: the gateway said no to its last model call. */
export function failureOf(turn: CodexTurn, refused: boolean): { reason: FailureReason; error: string } {
  const info = turn.error?.codexErrorInfo;
  const reason = refused || (typeof info === 'string' && refusalInfos.has(info)) ? 'model-refused' : 'agent-error';
  return { reason, error: wordsOf(turn.error?.message ?? 'the agent gave no reason') };
}

const ModelError = z.object({ error: z.object({ message: z.string().min(1) }) });

/** Codex repeats a refusal of the model's server as the document that it was: what people read of it is its message. */
function wordsOf(message: string): string {
  if (!message.startsWith('{')) return message;
  try {
    return ModelError.safeParse(JSON.parse(message)).data?.error.message ?? message;
  } catch (error) {
    if (error instanceof SyntaxError) return message;
    throw error;
  }
}
