import { readStream, StreamRefused } from '../../../../api/client/index.ts';
import type { LogEvent, TenantChange } from './messages.ts';
import type { StreamPlan } from './subscriptions.ts';

/** What comes over one connection. `open`: the server has answered, nothing from now on is missed. */
export type StreamMessage =
  | { type: 'open' }
  | { type: 'event'; event: LogEvent }
  | { type: 'changed'; change: TenantChange }
  /** The last message: the connection has ended. `refused` holds the status of an answer that trying again does not mend. */
  | { type: 'end'; refused: number | null };

/** Opens a stream and hands over what comes, up to `end`. */
export type OpenStream = (plan: StreamPlan, signal: AbortSignal, take: (message: StreamMessage) => void) => void;

/** Opens streams of the API at `origin`. `headers` are for programs; a browser has its cookie. */
export function streamsOf(origin: string, options: { token?: string; silenceMs?: number } = {}): OpenStream {
  return (plan, signal, take) => {
    const connection = { ...options, baseUrl: origin, signal, onConnection: () => take({ type: 'open' }) };
    void (async () => {
      let refused: number | null = null;
      try {
        for await (const { event, data } of readStream(connection, pathOf(plan), null)) {
          if (event === 'changed') take({ type: 'changed', change: JSON.parse(data) as TenantChange });
          else take({ type: 'event', event: JSON.parse(data) as LogEvent });
        }
      } catch (error) {
        if (error instanceof StreamRefused) refused = error.status;
        else if (!isLoss(error)) throw error;
      } finally {
        take({ type: 'end', refused });
      }
    })();
  };
}

/** Where a plan is served. */
function pathOf({ requestIds, after, changes }: StreamPlan): string {
  const query = new URLSearchParams();
  if (requestIds.length > 0) {
    query.set('requests', requestIds.join(','));
    query.set('after', after.join(','));
  }
  if (changes) query.set('changes', 'true');
  return `/api/stream?${query.toString()}`;
}

/** Fetch rejects with a TypeError for a network that fails, and with a DOMException of these names when it is cut or aborted. */
function isLoss(error: unknown): boolean {
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : null;
  return ['TypeError', 'AbortError', 'NetworkError', 'TimeoutError'].some((known) => known === name);
}
