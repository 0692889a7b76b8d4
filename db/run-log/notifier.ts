import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Logger } from '../../config/logger.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { Database } from '../port.ts';

export const newsChannel = 'astraforge_run_log';
/** Postgres allows 8000 bytes a payload; about 90 a request. */
const requestsPerPayload = 60;

const Payload = z.array(z.tuple([z.string(), z.string(), z.number().int()]));

export interface News {
  tenantId: string;
  requestId: string;
  lastSeq: number;
}

/** The requests in a notification; none for a foreign payload. */
export function parseNews(payload: string): News[] {
  try {
    return Payload.parse(JSON.parse(payload)).map(([tenantId, requestId, lastSeq]) => ({ tenantId, requestId, lastSeq }));
  } catch {
    return [];
  }
}

/**
 * Tells the other processes which requests have news: the first at once, then at most one notification in `everyMs`, the
 * requests in between together. A lost one does no harm, since readers catch up by themselves.
 */
export function createNotifier(database: Database, logger: Logger, everyMs: number): (news: News) => void {
  const pending = new Map<string, News>();
  let waiting = false;

  async function send(): Promise<void> {
    const news = [...pending.values()];
    pending.clear();
    const [first] = news;
    if (!first) return;
    const payloads: string[] = [];
    for (let from = 0; from < news.length; from += requestsPerPayload)
      payloads.push(JSON.stringify(news.slice(from, from + requestsPerPayload).map((n) => [n.tenantId, n.requestId, n.lastSeq])));
    try {
      await database.withTenant(first.tenantId, (tx) =>
        tx.execute(
          sql`select pg_notify(${newsChannel}, payload) from jsonb_array_elements_text(${JSON.stringify(payloads)}::jsonb) as payload`,
        ),
      );
    } catch (error) {
      logger.warn('run log news could not be sent', { error: messageOf(error) });
    }
  }

  function round(): void {
    if (pending.size === 0) {
      waiting = false;
      return;
    }
    waiting = true;
    const started = Date.now();
    void send().then(() => setTimeout(round, Math.max(0, everyMs - (Date.now() - started))).unref());
  }

  return (news) => {
    const known = pending.get(news.requestId);
    if (!known || known.lastSeq < news.lastSeq) pending.set(news.requestId, news);
    if (!waiting) round();
  };
}
