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

export function createNarrator(emit: Emit): Narrator {
  /** Commands whose output came in pieces. */
  const streamed = new Set<string>();
  let usageBefore: TokenUsage | null = null;
  let turnId: string | null = null;
  let lastMessage = '';

  /** A command that ended fast has no deltas: its output comes with its end. */
  function tellWhole(item: Item | undefined, emittedAtMs: number | undefined): void {
    if (item?.type !== 'commandExecution' || streamed.delete(item.id) || !item.aggregatedOutput) return;
    emit('command.output', { itemId: item.id, text: item.aggregatedOutput }, emittedAtMs);
  }

  function tellUsage(params: unknown, emittedAtMs: number | undefined): void {
    const usage = turnUsage(params, turnId, usageBefore);
    if (!usage) return;
    usageBefore = usage.before;
    emit('usage', usage.total, emittedAtMs);
  }

  return {
    tell(method, params, emittedAtMs) {
      if (method === 'item/commandExecution/outputDelta') streamed.add(DeltaParams.safeParse(params).data?.itemId ?? '');
      if (method === 'turn/started') turnId = StartedParams.safeParse(params).data?.turn.id ?? null;
      if (method === 'thread/tokenUsage/updated') tellUsage(params, emittedAtMs);
      if (method === 'item/completed') {
        const item = itemIn(params);
        tellWhole(item, emittedAtMs);
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
