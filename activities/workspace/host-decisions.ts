import type { WorkspaceRow } from '../../db/workspaces.ts';

export interface HostView {
  /** Active, idle and warm rows of this host. */
  rows: WorkspaceRow[];
  /** Ids of the places that are on this machine; read before the rows. */
  local: string[];
  endedRuns: ReadonlySet<string>;
  /** The attempt at which each run is. */
  attempts: ReadonlyMap<string, number>;
  /** Workspaces that a watcher of this process renews itself. */
  watched: (workspaceId: string) => boolean;
  nowMs: number;
}

export interface HostWork {
  /** Places to destroy; rows of them that still live are closed first. */
  destroy: string[];
  /** Idle and warm workspaces whose time is over: closed only if no run takes them meanwhile. */
  retire: string[];
  /** Active agents that nobody watches now, as while a question waits: their leases go on. */
  renew: string[];
}

/** What a round of a host has to do, from what the database and the machine say. Pure. */
export function hostWork(view: HostView): HostWork {
  const local = new Set(view.local);
  const work: HostWork = { destroy: [], retire: [], renew: [] };
  const rows = new Map(view.rows.map((row) => [row.workspaceId, row]));
  // Rows are written before their places are made, so a place without one belongs to nobody.
  work.destroy.push(...view.local.filter((workspaceId) => !rows.has(workspaceId)));
  for (const row of view.rows) {
    const isLapsed = row.leaseUntil.getTime() < view.nowMs;
    if (row.state === 'idle' || row.state === 'warm') {
      if (isLapsed || !local.has(row.workspaceId)) work.retire.push(row.workspaceId);
      continue;
    }
    if (isOvertaken(row, view)) {
      work.destroy.push(row.workspaceId);
      continue;
    }
    if (view.watched(row.workspaceId)) continue;
    // One that is made for a first run to come holds a lease of its own, as checks do.
    if (row.purpose === 'agent' && row.requestId !== null) {
      if (row.runId !== null && view.endedRuns.has(row.runId)) work.destroy.push(row.workspaceId);
      else if (local.has(row.workspaceId)) work.renew.push(row.workspaceId);
      continue;
    }
    if (isLapsed) work.destroy.push(row.workspaceId);
  }
  return work;
}

/** While this machine could not be reached, its run began again in another place: two agents must not work at once. */
function isOvertaken({ purpose, runId, attempt }: WorkspaceRow, { attempts }: HostView): boolean {
  return purpose === 'agent' && runId !== null && attempt < (attempts.get(runId) ?? 0);
}
