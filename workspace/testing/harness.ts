import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../config/logger.ts';
import { parseSupervisorEvent } from '../../workflows/contracts/events.ts';
import type { EventData, SupervisorEvent, SupervisorEventType } from '../../workflows/contracts/events.ts';
import type { SupervisorCommand, SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import type { Provisioner, Workspace } from '../port.ts';
import { createLocalProvisioner } from '../provisioners/local/index.ts';
import type { TestDoor } from './door.ts';

export type TurnCommand = Extract<SupervisorCommand, { kind: 'turn' }>;

/** A job on `commit` with limits that suit a test. */
export function testJob(commit: string, change: Partial<SupervisorJob> = {}): SupervisorJob {
  return {
    workspaceId: 'w1',
    runId: 'r1',
    executor: { name: 'codex' },
    checkout: { ref: 'refs/heads/main', commit, baseCommit: commit },
    session: null,
    setup: null,
    snapshot: null,
    saveEveryMs: 300_000,
    limits: { memoryBytes: 1024 ** 3, diskBytes: 512 * 1024 ** 2, processes: 256, outputBytes: 8 * 1024 ** 2 },
    maxFileBytes: 256 * 1024,
    model: 'test-model',
    modelPlace: 'gateway',
    ...change,
  };
}

/** A turn that a person's words start. */
export function testTurn(messageId: string, text: string, change: Partial<TurnCommand> = {}): TurnCommand {
  return {
    messageId,
    kind: 'turn',
    mode: 'work',
    input: [{ type: 'text', text }],
    model: null,
    effort: null,
    outputSchema: null,
    reviewBase: null,
    wallClockMs: 120_000,
    inactivityMs: 60_000,
    ...change,
  };
}

/** A local provisioner in a folder of its own; `close` destroys what is left. */
export function localForTest(
  door: TestDoor,
  change: { unsafePlain?: boolean; runsDir?: string } = {},
): { provisioner: Provisioner; folder: string; close(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'af-ws-'));
  const provisioner = createLocalProvisioner({
    workspacesDir: join(folder, 'workspaces'),
    cacheDir: join(folder, 'cache'),
    doorSocket: door.socketPath,
    logger: createLogger('test', { silent: true }),
    ...change,
  });
  return {
    provisioner,
    folder,
    async close() {
      for (const id of await provisioner.list()) await provisioner.destroy(id);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Watched {
  events: SupervisorEvent[];
  offset: number;
}

/** Reads events until one satisfies `until`; throws with what came when it does not within `timeoutMs`. */
export async function watchUntil(
  workspace: Workspace,
  from: Watched,
  until: (event: SupervisorEvent, all: SupervisorEvent[]) => boolean,
  timeoutMs = 40_000,
): Promise<Watched> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  const seen: Watched = { events: [...from.events], offset: from.offset };
  try {
    for await (const batch of workspace.tail(from.offset, abort.signal)) {
      const parsed = batch.lines.map((line) => parseSupervisorEvent(JSON.parse(line)));
      seen.events.push(...parsed);
      seen.offset = batch.endOffset;
      if (parsed.some((event) => until(event, seen.events))) return seen;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(
    `the event did not come; these did:\n${seen.events
      .map((event) => JSON.stringify(event).slice(0, 300))
      .slice(-20)
      .join('\n')}`,
  );
}

export const nothingSeen: Watched = { events: [], offset: 0 };

/** Data of all events of a type. */
export function dataOf<T extends SupervisorEventType>(seen: Watched, type: T): EventData<T>[] {
  return seen.events.filter((event) => event.type === type).map((event) => event.data as EventData<T>);
}

/** The end of the turn that is being watched. */
export async function watchTurn(
  workspace: Workspace,
  from: Watched = nothingSeen,
  timeoutMs = 40_000,
): Promise<{ seen: Watched; end: EventData<'turn.completed'> }> {
  const seen = await watchUntil(workspace, from, ({ type }) => type === 'turn.completed', timeoutMs);
  const end = dataOf(seen, 'turn.completed').at(-1);
  if (!end) throw new Error('no turn ended');
  return { seen, end };
}

/** All text of one kind of delta, joined. */
export function textOf(seen: Watched, type: 'agent.delta' | 'command.output' | 'exec.output' | 'setup.output'): string {
  return dataOf(seen, type)
    .map(({ text }) => text)
    .join('');
}
