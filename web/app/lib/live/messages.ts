import type { LogEvent } from '../../../../workflows/contracts/events.ts';
import type { AwaitingKind, Stage } from '../../../../workflows/contracts/request.ts';

export type { LogEvent };

/** A request of the tenant that moved: its stage or what it waits for. */
export interface TenantChange {
  requestId: string;
  stage: Stage;
  awaiting: AwaitingKind | null;
  updatedAtMs: number;
}

/** How the stream is: `connecting` for the first time, `reconnecting` after a loss, `signed-out` when the session has ended. */
export type StreamState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'signed-out';

/** What a tab tells the hub. */
export type TabMessage =
  /** One request from behind `afterSeq` on; `id` names the subscription within the tab. */
  | { type: 'subscribe'; id: number; requestId: string; afterSeq: number }
  | { type: 'unsubscribe'; id: number }
  | { type: 'changes'; on: boolean }
  /** The tab lives. Without it for long its subscriptions are dropped: a closed tab does not always say so. */
  | { type: 'alive' }
  /** The browser says that the network is away. */
  | { type: 'offline' }
  /** The network is back, or the person asks: connect anew at once. */
  | { type: 'retry' }
  | { type: 'bye' };

/** What the hub tells a tab. */
export type HubMessage =
  | { type: 'events'; id: number; events: LogEvent[] }
  /** Null: the connection was away, so anything may have changed. */
  | { type: 'changed'; changes: TenantChange[] | null }
  | { type: 'state'; state: StreamState }
  /** The hub does not know this tab (any more): subscribe again. */
  | { type: 'unknown' };
