import { setTimeout as sleep } from 'node:timers/promises';
import { closeWorkspaces } from '../../db/workspace-places.ts';
import { listWorkspacesOfHost, recordSave, type WorkspaceRow } from '../../db/workspaces.ts';
import { endPlaces } from './end-places.ts';
import { requireRunProject } from './rows.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { EventData } from '../../workflows/contracts/events.ts';
import type { Workspace } from '../../workspace/port.ts';
import type { HostDependencies } from './dependencies.ts';
import { follow } from './follow.ts';

/** How long a graceful stop waits for the saves of what runs, ms; its supervisor kills it soon after 13 s. */
const saveWithinMs = 8_000;

/**
 * The graceful stop of a host: every turn at work saves its work tree and session, then every place on this machine is ended
 * with all its processes. The next start finds the places gone and resumes from the saves as the next attempt.
 */
export async function stopHost(deps: HostDependencies): Promise<{ saved: number; destroyed: number }> {
  const rows = await deps.database.asHousekeeper((tx) => listWorkspacesOfHost(tx, deps.settings.hostId));
  const working = rows.flatMap(turnAtWork);
  const results = await Promise.all(working.map((row) => saveOne(deps, row)));
  const places = await deps.provisioner.list();
  await Promise.all(
    rows.map(async (row) => {
      try {
        await deps.database.withTenant(row.tenantId, (tx) => closeWorkspaces(tx, [row.workspaceId]));
      } catch (error) {
        deps.logger.warn('a workspace row was not closed', { workspaceId: row.workspaceId, reason: messageOf(error) });
      }
    }),
  );
  const destroyed = await endPlaces(deps, places);
  const saved = results.filter(Boolean).length;
  deps.logger.info('host stopped', { saved, working: working.length, destroyed });
  return { saved, destroyed };
}

/** A workspace where a turn is at work. */
type WorkingRow = WorkspaceRow & { requestId: string; runId: string };

function turnAtWork(row: WorkspaceRow): WorkingRow[] {
  const { state, purpose, requestId, runId } = row;
  return state === 'active' && purpose === 'agent' && requestId !== null && runId !== null ? [{ ...row, requestId, runId }] : [];
}

/** True once what the workspace saved is stored. */
async function saveOne(deps: HostDependencies, row: WorkingRow): Promise<boolean> {
  const { workspaceId } = row;
  try {
    const workspace = await deps.provisioner.adopt(workspaceId);
    if (workspace === null || (await workspace.state()).status !== 'running') return false;
    const messageId = `${workspaceId}-stop-${deps.now()}`;
    const limit = AbortSignal.timeout(saveWithinMs);
    // Asked before the delivery, so that its end cannot be missed.
    const done = deps.watches.has(workspaceId) ? deps.watches.commandDone(workspaceId, messageId) : null;
    await workspace.deliver({ messageId, kind: 'save' });
    if (done === null) return await collectSave(deps, row, { workspace, messageId, signal: limit });
    return await Promise.race([done.then(() => true), sleep(saveWithinMs, false, { ref: false })]);
  } catch (error) {
    deps.logger.warn('a workspace was not saved', { workspaceId, reason: messageOf(error) });
    return false;
  }
}

/** Nobody watches the workspace, as while a question waits: tails it here until its save is stored. */
async function collectSave(
  deps: HostDependencies,
  row: WorkingRow,
  { workspace, messageId, signal }: { workspace: Workspace; messageId: string; signal: AbortSignal },
): Promise<boolean> {
  const { tenantId, requestId, runId, workspaceId, attempt } = row;
  let saved: EventData<'saved'> | null = null;
  const end = await follow(deps.runLog, {
    workspace,
    scope: { tenantId, requestId, runId, attempt },
    startOffset: await deps.runLog.tailOffset(tenantId, workspaceId),
    signal,
    now: deps.now,
    onEvents: async (events) => {
      for (const event of events) if (event.type === 'saved') saved = event.data;
      return events.some((event) => event.type === 'command.done' && event.data.messageId === messageId) ? 'stop' : 'go-on';
    },
  });
  if (end !== 'stopped' || saved === null) return false;
  await storeSaved(deps, row, saved);
  return true;
}

async function storeSaved(deps: HostDependencies, row: WorkingRow, saved: EventData<'saved'>): Promise<void> {
  const { tenantId, runId, workspaceId, baseCommit } = row;
  const { commit, sessionArtifactId, threadId } = saved;
  const projectId = await deps.database.withTenant(tenantId, (tx) => requireRunProject(tx, row.requestId));
  const { bundleArtifactId } = await deps.git.save({ tenantId, projectId, runId, baseCommit, commit });
  const save = { commit, bundleArtifactId, sessionArtifactId, threadId };
  await deps.database.withTenant(tenantId, (tx) => recordSave(tx, workspaceId, save));
}
