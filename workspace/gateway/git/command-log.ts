import { v7 as uuid } from 'uuid';
import type { Logger } from '../../../config/logger.ts';
import type { Database } from '../../../db/port.ts';
import { getReview } from '../../../db/reviews.ts';
import type { RunLog } from '../../../db/run-log/port.ts';
import { getRun } from '../../../db/runs.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { NewEvent } from '../../../workflows/contracts/events.ts';
import type { GitCommandReport } from './run-git.ts';

/** How long commands of one run are gathered before they are written together, in milliseconds. */
const gatherMs = 50;

export interface CommandLog {
  report(command: GitCommandReport): void;
  /** Writes what is still gathered. */
  drain(): Promise<void>;
}

/**
 * Tells people which git commands the gateway ran for a run, as `git.command` events of its request. Beside the work: a log
 * that cannot be written is warned about and fails no command.
 */
export function createCommandLog(deps: { database: Database; runLog: RunLog; logger: Logger }): CommandLog {
  const gathered = new Map<string, { tenantId: string; events: NewEvent[] }>();
  let timer: NodeJS.Timeout | null = null;
  let writing = Promise.resolve();

  async function write(runId: string, tenantId: string, events: NewEvent[]): Promise<void> {
    const requestId = await deps.database.withTenant(tenantId, async (tx) => {
      const owner = (await getRun(tx, runId)) ?? (await getReview(tx, runId));
      return owner?.requestId ?? null;
    });
    if (requestId === null) return;
    await deps.runLog.append({ tenantId, requestId, runId, attempt: null }, events, `git/${uuid()}`);
  }

  function flush(): void {
    timer = null;
    const batches = [...gathered];
    gathered.clear();
    for (const [runId, { tenantId, events }] of batches) {
      writing = writing
        .then(() => write(runId, tenantId, events))
        .catch((error: unknown) => void deps.logger.warn('git commands were not logged', { runId, error: messageOf(error) }));
    }
  }

  return {
    report({ scope, argv, exitCode, durationMs }) {
      const { runId, tenantId } = scope;
      if (!runId || !tenantId) return;
      const batch = gathered.get(runId) ?? { tenantId, events: [] };
      batch.events.push({ type: 'git.command', emittedAtMs: Date.now(), data: { argv, exitCode, durationMs } });
      gathered.set(runId, batch);
      timer ??= setTimeout(flush, gatherMs);
    },
    async drain() {
      if (timer) clearTimeout(timer);
      flush();
      await writing;
    },
  };
}
