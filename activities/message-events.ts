import { getMessages } from '../db/messages.ts';
import type { Database } from '../db/port.ts';
import type { RunLog } from '../db/run-log/port.ts';
import { wordsOf } from './remarks-text.ts';
import type { RequestSnapshot } from '../workflows/contracts/request.ts';

const maxRemembered = 10_000;

/** Puts people's words into the run log, each message once, so that the log alone tells the whole conversation. */
export interface MessageEvents {
  announce(snapshot: RequestSnapshot): Promise<void>;
}

/** Remembers what this process announced; the log itself refuses the second time. */
export function createMessageEvents(deps: { database: Database; runLog: RunLog; now: () => number }): MessageEvents {
  const announced = new Set<string>();

  function remember(id: string): void {
    if (announced.size >= maxRemembered) announced.clear();
    announced.add(id);
  }

  return {
    async announce(snapshot) {
      const { tenantId, requestId, title, requester, submittedAtMs } = snapshot.input;
      const scope = { tenantId, requestId, runId: null, attempt: null };
      if (!announced.has(requestId)) {
        const data = { title, by: requester.name };
        await deps.runLog.append(scope, [{ type: 'request.submitted', emittedAtMs: submittedAtMs, data }], 'submitted');
        remember(requestId);
      }
      const refs = [...snapshot.pending, ...snapshot.carried].filter((ref) => !announced.has(ref.messageId));
      if (refs.length === 0) return;
      const ids = refs.map((ref) => ref.messageId);
      const rows = await deps.database.withTenant(tenantId, (tx) => getMessages(tx, ids));
      for (const { messageId, kind, author } of refs) {
        const row = rows.find((candidate) => candidate.messageId === messageId);
        if (!row) continue;
        const data = { messageId, kind, by: author?.name ?? 'AstraForge', text: wordsOf(row) };
        await deps.runLog.append(scope, [{ type: 'request.message', emittedAtMs: row.createdAt.getTime(), data }], `message.${messageId}`);
        remember(messageId);
      }
    },
  };
}
