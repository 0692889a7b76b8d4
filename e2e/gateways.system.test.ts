// @rooms workspace/gateway workspace/provisioners/host-folder activities/services.ts activities/host-workers.ts db/gateways.ts
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lstatSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { processEnvironment } from '../config/env.ts';
import { statePaths, type StatePaths } from '../config/paths.ts';
import { listLivingGateways } from '../db/gateways.ts';
import { listLlmCalls } from '../db/llm-calls.ts';
import type { Database } from '../db/port.ts';
import type { LogEvent } from '../workflows/contracts/events.ts';
import { rankGateways } from '../workspace/gateway/fleet/rendezvous.ts';
import { doorFolder } from '../workspace/provisioners/host-folder/door-link.ts';
import { databaseUrlOf, openDatabaseOf } from './harness/database.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';

const tenantId = 'default';
const ids = ['one', 'two'] as const;
type GatewayId = (typeof ids)[number];

let system: TestSystem;
let paths: StatePaths;
let database: Database;
let databaseUrl: string;
const gateways = new Map<GatewayId, ResultPromise>();
/** Of each gateway a project whose repositories it serves. */
const projects = new Map<GatewayId, Awaited<ReturnType<TestSystem['project']>>>();

async function open(settings: Record<string, string>): Promise<void> {
  system = await TestSystem.open(settings, { processes: ['laptop', 'api'] });
  paths = statePaths(system.stateDir);
  databaseUrl = await databaseUrlOf(system.stateDir);
  database = await openDatabaseOf(system.stateDir);
  for (const id of ids) start(id);
  await untilLiving(...ids);
  while (projects.size < ids.length) {
    const project = await system.project({ 'README.md': '# sample\n' }, { review: false });
    projects.set(servedBy(project.projectId), project);
  }
}

async function close(): Promise<void> {
  for (const gateway of gateways.values()) await end(gateway, 'SIGTERM');
  projects.clear();
  await database?.close();
  await system?.close();
}

/** A gateway beside the system, on its state folder: nobody starts it again when it ends. */
function start(id: GatewayId): void {
  const env = { ...processEnvironment(), STATE_DIR: system.stateDir, DATABASE_URL: databaseUrl, GATEWAY_ID: id };
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  gateways.set(id, execa(process.execPath, ['workspace/gateway/main.ts'], { cwd, env, extendEnv: false, reject: false, stdio: 'ignore' }));
}

async function end(gateway: ResultPromise | undefined, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  gateway?.kill(signal);
  await gateway;
}

async function untilLiving(...expected: GatewayId[]): Promise<void> {
  await system.until(`exactly ${expected.join(' and ')} live`, async () => {
    const rows = await database.withTenant(tenantId, listLivingGateways);
    return rows.map(({ gatewayId }) => gatewayId).join() === expected.join();
  });
}

/** Whom the control plane asks first about a project. */
function servedBy(projectId: string): GatewayId {
  const [first] = rankGateways(
    `${tenantId}/${projectId}`,
    ids.map((gatewayId) => ({ gatewayId })),
  );
  return first?.gatewayId ?? 'one';
}

function projectOf(id: GatewayId) {
  const project = projects.get(id);
  if (!project) throw new Error(`no project of gateway ${id}`);
  return project;
}

/** The gateway that carries the calls of a run's agent: its workspace has a link to that one's door. */
function carrierOf(runId: string): GatewayId | null {
  const link = join(doorFolder(paths.socketsOf('one').door, paths.workspace('local', `${runId}-a1`)), 'door.sock');
  const inodeOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.ino;
  const inode = inodeOf(link);
  return ids.find((id) => inode !== undefined && inodeOf(paths.socketsOf(id).door) === inode) ?? null;
}

/** A program, an answer of some seconds with another program behind it, a file: four model calls with the last word. */
const script = `
- run: 'for i in $(seq 1 10); do echo line-$i; sleep 0.1; done'
- stream: { count: 100, perSecond: 10 }
- run: 'echo after'
- write: { path: done.txt, content: "finished\\n" }
- say: All done.
`;
const modelCalls = 4;

/** What programs said, as people saw it. */
function outputOf(events: readonly LogEvent[]): string {
  const output = events.flatMap((event) => (event.type === 'command.output' ? [event.data] : []));
  return [...output.filter((data) => data.precedes), ...output.filter((data) => !data.precedes)].map((data) => data.text).join('');
}

function countOf(events: readonly LogEvent[], type: LogEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}

/** The model calls of a run: how many were carried to their end, and how many were not. */
async function bookOf(runId: string): Promise<{ completed: number; cut: number }> {
  const calls = await database.withTenant(tenantId, (tx) => listLlmCalls(tx, runId));
  const completed = calls.filter(({ state }) => state === 'completed').length;
  return { completed, cut: calls.length - completed };
}

describe.each<[string, Record<string, string>]>([
  ['sandboxes', {}],
  ['plain places', { UNSAFE_PLAIN: 'true' }],
])('two gateways on one state folder, with %s', (_, settings) => {
  beforeAll(() => open(settings), 180_000);
  afterAll(close, 60_000);

  it.each(['SIGKILL', 'SIGTERM'] as const)('carry a run on when the one at work for it ends by %s', async (signal) => {
    const { projectId, repositoryUrl } = projectOf('one');
    const requestId = await system.submit(projectId, 'count and talk', { script });
    const { runId } = await system.event(requestId, 'agent.delta');
    const carrier = carrierOf(runId ?? '');
    if (runId === null || carrier === null) throw new Error('no gateway carries a run whose agent speaks');

    await end(gateways.get(carrier), signal);
    // Asked at once, of the one that is gone: its lease may hold still.
    const other = projectOf(carrier);
    const meanwhile = await system.submit(other.projectId, 'note it', { script: '- write: { path: note.txt, content: "noted\\n" }' });

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    assertDense(events);
    expect(outputOf(events).match(/^(line-\d+|after)$/gm)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `line-${index + 1}`),
      'after',
    ]);
    expect([countOf(events, 'run.attempt'), countOf(events, 'turn.completed')]).toEqual([1, 1]);
    await system.until('the end of the last call is in the book', async () => (await bookOf(runId)).completed >= modelCalls);
    const book = await bookOf(runId);
    expect(book.completed).toBe(modelCalls);
    expect(book.cut).toBeLessThanOrEqual(1);
    expect(ids.filter((id) => id !== carrier)).toContain(carrierOf(runId));

    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repositoryUrl, 'show', `${mergeRequest?.branch}:done.txt`)).toBe('finished');
    await system.reach(meanwhile, 'PATCH_READY');
    await untilLiving(...ids.filter((id) => id !== carrier));

    start(carrier);
    await untilLiving(...ids);
  });
});
