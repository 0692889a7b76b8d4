import type { RunLog, RunLogScope } from '../../db/run-log/port.ts';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { Workspace } from '../../workspace/port.ts';
import { coalesce } from './coalesce.ts';
import { maxForeignLines, parseLines } from './lines.ts';

/** Events wait at most this long for company before they are written, ms. */
const batchWindowMs = 25;
const maxBatchLines = 500;

export interface FollowOptions {
  workspace: Workspace;
  scope: RunLogScope;
  startOffset: number;
  /** Ends the following at once; what was read until then is in the log. */
  signal: AbortSignal;
  now: () => number;
  /** What may enter the log from this workspace; by default every event of a supervisor. */
  accept?: (event: NewEvent) => boolean;
  /** Sees each batch after it is in the log. `stop` ends the following. */
  onEvents: (events: NewEvent[], endOffset: number) => Promise<'go-on' | 'stop'>;
}

/**
 * Tails a workspace into the run log. `ended`: the workspace ended and all was read. DomainErrors: `newer-watcher` (transient),
 * `agent-garbage`, and what `Workspace.tail` throws.
 */
export async function follow(runLog: RunLog, options: FollowOptions): Promise<'ended' | 'stopped' | 'aborted'> {
  const { workspace, scope, signal, onEvents } = options;
  const tail = new AbortController();
  const abort = () => tail.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  let offset = options.startOffset;
  let foreign = 0;
  try {
    for await (const batch of coalesce(workspace.tail(offset, tail.signal), batchWindowMs, maxBatchLines)) {
      const parsed = parseLines(batch.lines, foreign, options.now());
      foreign = parsed.foreign;
      const position = { workspaceId: workspace.workspaceId, startOffset: offset, endOffset: batch.endOffset };
      const events = options.accept ? parsed.events.filter(options.accept) : parsed.events;
      if (!(await runLog.appendTail(scope, { ...position, events }))) throw newerWatcher(workspace.workspaceId);
      offset = batch.endOffset;
      if ((await onEvents(events, offset)) === 'stop') return 'stopped';
      if (foreign > maxForeignLines) throw garbage(foreign);
    }
    return signal.aborted ? 'aborted' : 'ended';
  } catch (error) {
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') return 'aborted';
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    tail.abort();
  }
}

function newerWatcher(workspaceId: string): DomainError {
  return new DomainError(
    'transient',
    'newer-watcher',
    `watching the agent: another watcher of ${workspaceId} moved its offset; this one stops, the newest goes on`,
  );
}

function garbage(count: number): DomainError {
  return new DomainError('permanent', 'agent-garbage', `watching the agent: the workspace wrote ${count} lines that are not events`);
}
