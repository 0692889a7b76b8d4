import type { TokenUsage } from '../../../workflows/contracts/run.ts';
import type { Emit } from '../port.ts';
import { normalise, turnUsage } from './normalise.ts';
import { DeltaParams, Item, ItemParams, StartedParams } from './protocol.ts';

/** Turns notifications into events, where that takes memory of earlier ones. */
export interface Narrator {
  tell(method: string, params: unknown, emittedAtMs: number | undefined): void;
  beginTurn(): void;
  /** The last thing that the agent said in this turn. */
  lastMessage(): string;
}

/** Characters; longer than what Codex itself keeps of a command's output. */
const keptOutput = 2 * 1024 * 1024;

export function createNarrator(emit: Emit): Narrator {
  /** What came in pieces of each command's output; no longer kept past `keptOutput`. */
  const streamed = new Map<string, string>();
  let usageBefore: TokenUsage | null = null;
  let turnId: string | null = null;
  let lastMessage = '';

  /**
   * Codex streams only what a command prints after its first moment; the whole comes with its end. What was never streamed is
   * told then: all of it for a fast command, else the part that stands before the streamed one.
   */
  function tellUnstreamed(item: Item | undefined, emittedAtMs: number | undefined): void {
    if (item?.type !== 'commandExecution') return;
    const known = streamed.get(item.id) ?? '';
    streamed.delete(item.id);
    const whole = item.aggregatedOutput ?? '';
    if (!whole.endsWith(known)) return;
    const text = whole.slice(0, whole.length - known.length);
    if (text) emit('command.output', known ? { itemId: item.id, text, precedes: true } : { itemId: item.id, text }, emittedAtMs);
  }

  function keepDelta(params: unknown): void {
    const delta = DeltaParams.safeParse(params).data;
    if (!delta) return;
    const known = streamed.get(delta.itemId) ?? '';
    if (known.length < keptOutput) streamed.set(delta.itemId, known + delta.delta);
  }

  function tellUsage(params: unknown, emittedAtMs: number | undefined): void {
    const usage = turnUsage(params, turnId, usageBefore);
    if (!usage) return;
    usageBefore = usage.before;
    emit('usage', usage.total, emittedAtMs);
  }

  return {
    tell(method, params, emittedAtMs) {
      if (method === 'item/commandExecution/outputDelta') keepDelta(params);
      if (method === 'turn/started') turnId = StartedParams.safeParse(params).data?.turn.id ?? null;
      if (method === 'thread/tokenUsage/updated') tellUsage(params, emittedAtMs);
      if (method === 'item/completed') {
        const item = itemIn(params);
        tellUnstreamed(item, emittedAtMs);
        lastMessage = messageOfItem(item) ?? lastMessage;
      }
      for (const { type, data } of normalise(method, params)) emit(type, data, emittedAtMs);
    },
    beginTurn() {
      usageBefore = null;
      lastMessage = '';
    },
    lastMessage: () => lastMessage,
  };
}

/** The text that a finished item says to people, if it does. */
function messageOfItem(item: Item | undefined): string | null {
  if (item?.type === 'agentMessage' || item?.type === 'plan') return item.text;
  return item?.type === 'exitedReviewMode' ? item.review : null;
}

function itemIn(params: unknown): Item | undefined {
  return Item.safeParse(ItemParams.safeParse(params).data?.item).data;
}
