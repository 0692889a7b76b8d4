import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { execa } from 'execa';
import postgres from 'postgres';
import { z } from 'zod';
import { isAlive } from '../cli/processes/identity.ts';
import { readProcessRecord } from '../cli/processes/record.ts';
import { startSystem } from '../cli/processes/system.ts';
import { statePaths } from '../config/paths.ts';
import { housekeepingScheduleId, workflowIds } from '../workflows/contracts/ids.ts';
import { Gate, RequestStatus, StageInterval } from '../workflows/contracts/request.ts';
import { dataOf, merge } from './harness/people.ts';
import { startRawModel, type RawModel } from './harness/model.ts';
import { git } from './harness/repository.ts';
import { TestSystem } from './harness/system.ts';

// @rooms cli config workflows activities api workspace
const root = join(import.meta.dirname, '..');
const sample = { 'README.md': '# sample\n' };
const script = '- write: { path: done.txt, content: done }';
const Ports = z.object({ postgres: z.number(), temporal: z.number(), api: z.number() });

let system: TestSystem;
let connection: Connection;
let temporal: Client;
let address: string;
/** Of the first system's Postgres, without a database. */
let databaseServer: string;

beforeAll(async () => {
  system = await TestSystem.open();
  const paths = statePaths(system.stateDir);
  const ports = Ports.parse(JSON.parse(await readFile(paths.portsFile, 'utf8')));
  const password = (await readFile(join(paths.keys, 'postgres-password'), 'utf8')).trim();
  databaseServer = `postgres://postgres:${password}@127.0.0.1:${ports.postgres}`;
  address = `127.0.0.1:${ports.temporal}`;
  connection = await Connection.connect({ address });
  temporal = new Client({ connection });
}, 180_000);

afterAll(async () => {
  await connection?.close();
  await system?.close();
});

async function waitFor<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('an open request', () => {
  let requestId: string;
  let projectId: string;
  let commit: string | undefined;

  beforeAll(async () => {
    ({ projectId } = await system.project(sample, { review: false }));
    requestId = await system.submit(projectId, 'write it down', { script });
    commit = (await system.reach(requestId, 'PATCH_READY')).checkpoint?.commit;
  });

  it('answers the Queries status, timeline and gate to whoever asks Temporal', async () => {
    const handle = temporal.workflow.getHandle(workflowIds.request(requestId));

    const status = RequestStatus.parse(await handle.query('status'));
    const timeline = z.array(StageInterval).parse(await handle.query('timeline'));
    const gate = Gate.parse(await handle.query('gate'));

    expect(status).toMatchObject({ requestId, stage: 'PATCH_READY', awaiting: { kind: 'patch-approval' }, checkpoint: { commit } });
    expect(timeline.map(({ stage }) => stage)).toEqual(['RECEIVED', 'EXECUTING', 'PATCH_READY']);
    expect(timeline.map(({ toMs }) => toMs === null)).toEqual([false, false, true]);
    expect(gate).toMatchObject({ status: 'open', subject: { kind: 'commit', id: commit } });
  });

  it('is found by its search attributes, and shows summary and current details', async () => {
    const handle = temporal.workflow.getHandle(workflowIds.request(requestId));
    const query = `AstraForgeStage = "PATCH_READY" AND AstraForgeAwaiting = "patch-approval" AND AstraForgeProject = "project-1"`;

    const description = await handle.describe();
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    const found = await waitFor('the listing', async () => {
      for await (const { workflowId } of temporal.workflow.list({ query })) if (workflowId === handle.workflowId) return true;
      return false;
    });

    expect(found).toBe(true);
    expect(Object.fromEntries(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))).toMatchObject({
      AstraForgeStage: 'PATCH_READY',
      AstraForgeAwaiting: 'patch-approval',
      AstraForgeProject: 'project-1',
      AstraForgeForge: 'local',
      AstraForgeTenant: expect.any(String),
      AstraForgeRequester: expect.any(String),
    });
    expect(await description.staticSummary()).toBe('project-1: write it down');
    expect(metadata.currentDetails).toContain('**PATCH_READY** · awaiting patch-approval');
    expect(metadata.currentDetails).toContain(commit);
  });

  it('is told by the API from its workflow, from the projection while Temporal does not answer, and so is a closed one', async () => {
    const open = await system.detail(requestId);
    const paused = system.system.processes.find(({ name }) => name === 'temporal')?.pid ?? 0;
    process.kill(paused, 'SIGSTOP');
    const fallback = await system.detail(requestId).finally(() => process.kill(paused, 'SIGCONT'));
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    await merge(system, requestId, mergeRequest?.commit ?? '');
    const closed = await waitFor('the end', async () => {
      const detail = await system.detail(requestId);
      return detail.source === 'projection' && detail;
    });

    expect(open).toMatchObject({ source: 'workflow', stage: 'PATCH_READY', status: { stage: 'PATCH_READY' } });
    expect(fallback).toMatchObject({ source: 'projection', stage: 'PATCH_READY', status: { stage: 'PATCH_READY' } });
    expect(closed).toMatchObject({ stage: 'DONE', outcome: 'merged', status: { stage: 'DONE' } });
  });
});

describe('a straight request', () => {
  it('with review, gate and merge costs at most 150 history events', async () => {
    const project = await system.project(sample);
    const requestId = await system.submit(project.projectId, 'straight on', { script });
    await system.reach(requestId, 'PATCH_READY');
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'REVIEWED');
    await merge(system, requestId, mergeRequest?.commit ?? '');
    await system.reach(requestId, 'DONE');
    const ids = [workflowIds.request(requestId), workflowIds.run(`${requestId}-1`), workflowIds.review(`${requestId}-review-1`)];
    await temporal.workflow.getHandle(ids[0] ?? '').result();

    const histories = await Promise.all(ids.map((id) => temporal.workflow.getHandle(id).fetchHistory()));

    const counts = histories.map(({ events }) => events?.length ?? 0);
    process.stdout.write(`history events of request, run and review: ${counts.join(' + ')} = ${counts.reduce((sum, n) => sum + n)}\n`);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(150);
  });
});

describe('housekeeping', () => {
  it('stands on a Schedule, and a triggered round completes', async () => {
    const schedule = temporal.schedule.getHandle(housekeepingScheduleId);
    const before = await schedule.describe();
    expect(before).toMatchObject({ action: { workflowType: 'housekeeping' }, state: { paused: false }, policies: { overlap: 'SKIP' } });

    await schedule.trigger();

    const workflowId = await waitFor('a round', async () => {
      const { info } = await schedule.describe();
      return info.numActionsTaken > before.info.numActionsTaken && info.recentActions.at(-1)?.action.workflow.workflowId;
    });
    const repaired = await temporal.workflow.getHandle(workflowId).result();
    expect(z.record(z.string(), z.number()).parse(repaired)).toBeDefined();
  });
});

describe('servers of one’s own', () => {
  let other: TestSystem | null = null;
  let model: RawModel | null = null;

  afterEach(async () => {
    await other?.close();
    await model?.close();
    other = null;
    model = null;
  });

  /** A namespace and a database on the first system's servers. */
  async function servers(name: string): Promise<Record<string, string>> {
    const workflowExecutionRetentionPeriod = proto.google.protobuf.Duration.fromObject({ seconds: 86_400 });
    await connection.workflowService.registerNamespace({ namespace: name, workflowExecutionRetentionPeriod });
    const sql = postgres(`${databaseServer}/postgres`, { max: 1 });
    await sql`create database ${sql(name)}`;
    await sql.end();
    const url = `${databaseServer}/${name}`;
    await waitFor('the namespace', () =>
      connection.workflowService.describeNamespace({ namespace: name }).then(
        () => true,
        () => false,
      ),
    );
    return { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: name, DATABASE_URL: url };
  }

  it('replace the embedded ones by TEMPORAL_ADDRESS and DATABASE_URL, and it serves up to the merge request', async () => {
    const env = await servers('replaced');

    other = await TestSystem.open(env);

    expect(other.system.processes.map(({ name }) => name)).toEqual(['gateway', 'laptop', 'api']);
    expect(other.system.apiUrl).not.toBe(system.system.apiUrl);
    const project = await other.project(sample, { review: false });
    const requestId = await other.submit(project.projectId, 'write it down', { script });
    await other.reach(requestId, 'PATCH_READY');
    await other.approve(requestId);
    const { mergeRequest } = await other.reach(requestId, 'MR_OPENED');
    expect(await git(project.repositoryUrl, 'show', `${mergeRequest?.branch}:done.txt`)).toBe('done');
    const handle = new Client({ connection, namespace: 'replaced' }).workflow.getHandle(workflowIds.request(requestId));
    expect(await handle.query('status')).toMatchObject({ stage: 'MR_OPENED' });
    await expect(system.detail(requestId)).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    { setting: 'LLM_UPSTREAM_URL', path: '/v1', calls: '/v1/responses' },
    { setting: 'CODEX_WORKSPACE_PROXY_URL', path: '/some/place', calls: '/some/place/v1/responses' },
  ])('$setting takes the model calls, with the real key', async ({ setting, path, calls }) => {
    model = await startRawModel(`Raw words by ${setting}.`);
    const env = await servers(setting.toLowerCase().replaceAll('_', '-'));
    other = await TestSystem.open({ ...env, [setting]: model.origin + path, OPENAI_API_KEY: 'sk-of-the-test' });
    const project = await other.project(sample, { review: false });

    const requestId = await other.submit(project.projectId, 'what do you say?');

    await other.reach(requestId, 'DONE');
    const words = dataOf(await other.events(requestId), 'agent.message').map(({ text }) => text);
    expect(words).toContain(`Raw words by ${setting}.`);
    const posts = model.calls.filter(({ method }) => method === 'POST');
    expect(new Set(posts.map(({ url }) => url))).toEqual(new Set([calls]));
    expect(new Set(posts.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer sk-of-the-test']));
    expect(posts.some(({ body }) => body.includes('what do you say?'))).toBe(true);
  });

  it('CODEX_WORKSPACE_PROXY_URL=local has the demo model answer inside the workspace, past the gateway', async () => {
    const env = await servers('inside');
    other = await TestSystem.open({ ...env, CODEX_WORKSPACE_PROXY_URL: 'local' });
    const project = await other.project(sample, { review: false });
    const requestId = await other.submit(project.projectId, 'write it down', { script });

    await other.reach(requestId, 'PATCH_READY');

    const sql = postgres(env['DATABASE_URL'] ?? '', { max: 1 });
    const [counted] = await sql`select (select count(*) from runs)::int as runs, (select count(*) from llm_calls)::int as calls`;
    await sql.end();
    expect(counted).toEqual({ runs: 1, calls: 0 });
  });
});

describe('an unreachable Temporal', () => {
  it('is one clear sentence with the mend, and leaves nothing running', async () => {
    const env = { STATE_DIR: join(system.stateDir, 'unreachable'), TEMPORAL_ADDRESS: '127.0.0.1:1' };

    const result = await execa(process.execPath, ['cli/bin.js', 'start'], { cwd: root, env, reject: false, stdin: 'ignore' });

    expect(result.exitCode).not.toBe(0);
    const lines = result.stderr.split('\n').filter((line) => line.includes('127.0.0.1:1'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/127\.0\.0\.1:1 .*does not answer: .*; start that server, correct TEMPORAL_ADDRESS, or unset it/);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    await expect(startSystem({ extraEnv: env })).rejects.toMatchObject({ code: 'temporal-unreachable' });
    expect(readProcessRecord(statePaths(env.STATE_DIR).processesFile).processes.filter(isAlive)).toEqual([]);
  });
});
