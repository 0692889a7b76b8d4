import type { EventType, LogEvent, NewEvent } from '../../workflows/contracts/events.ts';

export interface RunLogScope {
  tenantId: string;
  requestId: string;
  runId: string | null;
  attempt: number | null;
}

/**
 * The run log: every event of a request once, in one order. `seq` is dense from 1 within a request. Bodies over 64 KiB
 * are moved into artifacts (`data.artifactId` beside a shortened `data.text`). Each append ends in a NOTIFY (at most one per
 * process and 20 ms).
 */
export interface RunLog {
  /** Appends control-plane events once per `dedupeKey`. */
  append(scope: RunLogScope, events: NewEvent[], dedupeKey: string): Promise<void>;
  /**
   * Appends a tailed batch and moves the workspace's offset from `startOffset` to `endOffset` in one transaction.
   * False: the offset was elsewhere, so a newer watcher exists; nothing was written.
   */
  appendTail(
    scope: RunLogScope,
    input: { workspaceId: string; startOffset: number; endOffset: number; events: NewEvent[] },
  ): Promise<boolean>;
  /** The offset up to which a workspace's file was read; 0 for a new one. */
  tailOffset(tenantId: string, workspaceId: string): Promise<number>;
  /**
   * Events with seq > afterSeq in order, at most `limit`; `runId` narrows to one run, `types` to some kinds of events. With
   * `beforeSeq` it is the newest ones below that, still in order: the way back from the end of a log.
   */
  read(
    tenantId: string,
    input: { requestId: string; runId?: string; types?: EventType[]; afterSeq: number; beforeSeq?: number; limit: number },
  ): Promise<LogEvent[]>;
  /** Calls back with requests that have news (coalesced); returns the unsubscribe. Needs the direct connection. */
  subscribe(onNews: (news: { tenantId: string; requestId: string; lastSeq: number }) => void): Promise<() => Promise<void>>;
}
