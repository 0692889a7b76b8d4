import type { RunLog } from '../../db/run-log/port.ts';
import type { NewEvent } from '../../workflows/contracts/events.ts';

const pageSize = 1_000;

/** Every logged event of a run in order, page by page: what a watcher that starts again builds its state from. */
export async function* readRunEvents(
  runLog: RunLog,
  input: { tenantId: string; requestId: string; runId: string },
): AsyncGenerator<NewEvent> {
  let afterSeq = 0;
  for (;;) {
    const page = await runLog.read(input.tenantId, { requestId: input.requestId, runId: input.runId, afterSeq, limit: pageSize });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    afterSeq = last.seq;
  }
}
