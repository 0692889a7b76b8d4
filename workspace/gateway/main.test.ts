import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq, sql } from 'drizzle-orm';
import { execa, type ResultPromise } from 'execa';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadOrCreateKeys } from '../../config/keys.ts';
import { statePaths, type StatePaths } from '../../config/paths.ts';
import { createPostgresArtifactStore } from '../../db/artifacts/postgres.ts';
import { listLivingGateways } from '../../db/gateways.ts';
import { listLlmCalls } from '../../db/llm-calls.ts';
import { insertProject } from '../../db/projects.ts';
import { messages, projects, requests } from '../../db/schema.ts';
import type { ProjectSettings } from '../../db/project-settings.ts';
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts';
import { insertWorkspace } from '../../db/workspaces.ts';
import { exchange } from './testing/client.ts';
import { startCodex } from './testing/codex.ts';
import { makeRepository } from './testing/harness.ts';
import { startRelay } from './testing/relay.ts';
import { issueRunToken } from './token.ts';

const tenantId = 'default';

describe('the gateway process', () => {
  let database: TestDatabase;
  let folder: string;
  let paths: StatePaths;
  let sockets: ReturnType<StatePaths['socketsOf']>;
  let token: string;
  let gateway: ResultPromise | null = null;

  async function start(): Promise<void> {
    gateway = execa(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: { STATE_DIR: folder, DATABASE_URL: database.url, MODEL_ALLOWLIST: '*' },
      reject: false,
      stdout: 'ignore',
    });
    while ((await exchange(sockets.service, { path: '/healthz' }).catch(() => null))?.status !== 200) await sleep(50);
  }

  beforeAll(async () => {
    database = await openTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gw-'));
    paths = statePaths(folder);
    sockets = paths.socketsOf('local');
    const keys = await loadOrCreateKeys(paths.keys);
    token = await issueRunToken(keys.runTokenKey, { tenantId, requestId: 'request-1', workspaceId: 'w-1' });
    await database.database.withTenant(tenantId, (tx) =>
      insertWorkspace(tx, {
        tenantId,
        workspaceId: 'w-1',
        requestId: 'request-1',
        runId: 'run-1',
        attempt: 1,
        hostId: 'local',
        provisioner: 'local',
        purpose: 'agent',
        state: 'active',
        baseCommit: '0'.repeat(40),
        leaseMs: 60_000,
      }),
    );
    await start();
  }, 180_000);

  afterAll(async () => {
    gateway?.kill('SIGKILL');
    await gateway;
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function meteredCalls() {
    const calls = await database.database.withTenant(tenantId, (tx) => listLlmCalls(tx, 'run-1'));
    return calls.filter((call) => call.state === 'completed' && (call.inputTokens ?? 0) > 0 && call.upstream === 'demo');
  }

  it('is killed and started again in the middle of a turn, and the agent goes on', async () => {
    const relay = await startRelay(sockets.door, token);
    const codex = await startCodex({ home: join(folder, 'home'), baseUrl: `${relay.url}/v1`, retries: [5, 8] });
    const repository = await makeRepository(join(folder, 'repository'), { 'a.txt': 'a' });
    const thread = await codex.startThread(repository);
    const turn = codex.turn(
      thread,
      '```astraforge-demo\n- run: echo one >> log\n- stream: {count: 50, perSecond: 20}\n- run: echo two >> log\n- say: done\n```',
    );
    await codex.until((message) => message.method === 'item/agentMessage/delta');

    gateway?.kill('SIGKILL');
    await gateway;
    await sleep(1_500);
    await start();
    const end = await turn;

    expect(end).toMatchObject({ status: 'completed', error: null, lastMessage: 'done' });
    expect(await readFile(join(repository, 'log'), 'utf8')).toBe('one\ntwo\n');
    // A call is settled just after its last byte.
    let metered = await meteredCalls();
    for (let tries = 0; metered.length < 3 && tries < 100; tries++) {
      await sleep(50);
      metered = await meteredCalls();
    }
    expect(metered).toHaveLength(3);
    await codex.close();
    await relay.close();
  }, 120_000);

  it('gives a workspace the attachments of its own request only, and takes its session', async () => {
    const artifacts = createPostgresArtifactStore(database.database);
    const mine = await artifacts.put(tenantId, { kind: 'attachment', mediaType: 'text/plain', bytes: Buffer.from('mine') });
    const foreign = await artifacts.put(tenantId, { kind: 'attachment', mediaType: 'text/plain', bytes: Buffer.from('foreign') });
    const attach = (requestId: string, artifactId: string) => ({
      tenantId,
      messageId: `message-${requestId}`,
      requestId,
      kind: 'prompt' as const,
      body: 'look',
      attachments: [{ artifactId, name: 'a.txt', mediaType: 'text/plain', sizeBytes: 4 }],
    });
    await database.database.withTenant(tenantId, (tx) =>
      tx.insert(messages).values([attach('request-1', mine.artifactId), attach('request-2', foreign.artifactId)]),
    );

    const own = await exchange(sockets.door, { path: `/files/artifacts/${mine.artifactId}`, token });
    const other = await exchange(sockets.door, { path: `/files/artifacts/${foreign.artifactId}`, token });
    const saved = await exchange(sockets.door, { method: 'PUT', path: '/files/session', token, body: '{"line":1}\n' });

    expect(own).toMatchObject({ status: 200, text: 'mine' });
    expect(other).toMatchObject({ status: 404 });
    expect(saved.status).toBe(201);
    const { artifactId } = saved.json() as { artifactId: string };
    expect(Buffer.from((await artifacts.get(tenantId, artifactId))?.bytes ?? []).toString()).toBe('{"line":1}\n');
    expect(await exchange(sockets.door, { path: `/files/artifacts/${artifactId}`, token })).toMatchObject({ status: 404 });
  });

  it('gives a workspace the large files of its own project’s repository only', async () => {
    const mine = Buffer.from('large file of mine');
    const foreign = Buffer.from('large file of another project');
    const objects = [mine, foreign].map((bytes) => ({ oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length }));
    for (const [at, bytes] of [mine, foreign].entries()) {
      const { oid = '' } = objects[at] ?? {};
      const store = join(folder, `project-${at + 1}`, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4));
      await mkdir(store, { recursive: true });
      await writeFile(join(store, oid), bytes);
      await database.database.withTenant(tenantId, async (tx) => {
        await insertProject(tx, {
          tenantId,
          projectId: `project-${at + 1}`,
          name: `project-${at + 1}`,
          forge: 'local',
          repositoryKind: 'git',
          repositoryUrl: join(folder, `project-${at + 1}`),
          defaultBranch: 'main',
          settings: {} as ProjectSettings,
        });
        await tx.insert(requests).values({
          tenantId,
          requestId: `request-${at + 1}`,
          projectId: `project-${at + 1}`,
          requesterId: 'ada',
          title: 'x',
          stage: 'EXECUTING',
        });
      });
    }

    const path = '/git/run.git/info/lfs/objects';
    const body = JSON.stringify({ operation: 'download', objects });
    const batch = await exchange(sockets.door, { method: 'POST', path: `${path}/batch`, token, body });
    const [own, other] = await Promise.all(
      objects.map(({ oid, size }) => exchange(sockets.door, { path: `${path}/${oid}/${size}`, token })),
    );

    expect(batch.json()).toMatchObject({ objects: [{ actions: { download: {} } }, { error: { code: 404 } }] });
    expect(own).toMatchObject({ status: 200, text: mine.toString() });
    expect(other).toMatchObject({ status: 404 });
  });

  it('serves agents at work when the key of their tokens was changed, and new ones by the new key', async () => {
    await rename(join(paths.keys, 'run-token-key'), join(paths.keys, 'run-token-key.previous'));
    const { runTokenKey } = await loadOrCreateKeys(paths.keys);
    gateway?.kill('SIGKILL');
    await gateway;
    await start();

    const claims = { tenantId, requestId: 'request-1', workspaceId: 'w-1' };
    const tokens = [token, await issueRunToken(runTokenKey, claims), await issueRunToken('x'.repeat(43), claims)];
    const answers = await Promise.all(tokens.map((own) => exchange(sockets.door, { path: '/files/artifacts/none', token: own })));

    expect(answers.map(({ json }) => (json() as { code: string }).code)).toEqual([
      'artifact-unknown',
      'artifact-unknown',
      'run-token-invalid',
    ]);
  }, 60_000);

  it('refuses a model call that the budget of its project does not allow, until that is raised', async () => {
    const names = { workspaceId: 'w-budget', requestId: 'request-budget', runId: 'run-budget' };
    const projectId = 'project-budget';
    const budgetOf = (tokenBudget: number) => ({ tokenBudget }) as ProjectSettings;
    await database.database.withTenant(tenantId, async (tx) => {
      const repository = { forge: 'local', repositoryKind: 'git', repositoryUrl: folder, defaultBranch: 'main' } as const;
      await insertProject(tx, { tenantId, projectId, name: projectId, ...repository, settings: budgetOf(1_000) });
      const request = { tenantId, requestId: names.requestId, projectId, requesterId: 'ada', title: 'x', stage: 'EXECUTING' } as const;
      await tx.insert(requests).values(request);
      const place = { attempt: 1, hostId: 'local', provisioner: 'local', purpose: 'agent', state: 'active' } as const;
      await insertWorkspace(tx, { tenantId, ...names, ...place, baseCommit: '0'.repeat(40), leaseMs: 60_000 });
    });
    const { runTokenKey } = await loadOrCreateKeys(paths.keys);
    const own = await issueRunToken(runTokenKey, { tenantId, requestId: names.requestId, workspaceId: names.workspaceId });
    const body = JSON.stringify({ model: 'm', input: 'hello' });
    const call = { method: 'POST', path: '/v1/responses', token: own, body };

    const refused = await exchange(sockets.door, call);
    await database.database.withTenant(tenantId, (tx) =>
      tx
        .update(projects)
        .set({ settings: budgetOf(100_000) })
        .where(eq(projects.projectId, projectId)),
    );
    const served = await exchange(sockets.door, call);

    expect([refused.status, served.status]).toEqual([400, 200]);
    expect(refused.json()).toMatchObject({
      error: { code: 'budget-exhausted', message: expect.stringMatching(/has used 0 of the 1,000 tokens .* Raise tokenBudget/) },
    });
  });

  it('keeps the service door shut without the service key', async () => {
    const call = { method: 'POST', path: '/service/git/inspect', body: '{}' };

    expect(await exchange(sockets.service, call)).toMatchObject({ status: 401 });
    expect(await exchange(sockets.service, { ...call, token })).toMatchObject({ status: 401 });
  });

  it('lives beside others that share its folder, and none that has another one', async () => {
    const run = (env: Record<string, string>) =>
      execa(process.execPath, [join(import.meta.dirname, 'main.ts')], {
        env: { STATE_DIR: folder, DATABASE_URL: database.url, ...env },
        reject: false,
        stdout: 'ignore',
      });
    const living = async () => {
      const rows = await database.database.withTenant(tenantId, listLivingGateways);
      return rows.map(({ gatewayId, doorSocket }) => [gatewayId, doorSocket]);
    };
    const both = [
      ['local', sockets.door],
      ['two', paths.socketsOf('two').door],
    ];

    const second = run({ GATEWAY_ID: 'two' });
    let together = await living();
    for (; together.length < 2; together = await living()) await sleep(50);
    const apart = await run({ GATEWAY_ID: 'three', STATE_DIR: join(folder, 'apart') });
    second.kill('SIGTERM');
    const { exitCode } = await second;

    expect(together).toEqual(both);
    expect(apart).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('keeps its repositories in another folder') as unknown });
    expect(exitCode).toBe(0);
    while ((await living()).join() !== both[0]?.join()) await sleep(50);
  }, 120_000);

  it('ends on SIGTERM while its row cannot be reached', async () => {
    const { promise: end, resolve: giveBack } = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const other = execa(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: { STATE_DIR: folder, DATABASE_URL: database.url, GATEWAY_ID: 'two' },
      reject: false,
      stdout: 'ignore',
    });
    const living = () => database.database.withTenant(tenantId, listLivingGateways);
    while (!(await living()).some(({ gatewayId }) => gatewayId === 'two')) await sleep(50);
    const held = database.database.withTenant(tenantId, async (tx) => {
      await tx.execute(sql`select 1 from gateways where gateway_id = 'two' for update`);
      locked.resolve();
      await end;
    });
    await locked.promise;

    other.kill('SIGTERM');
    const { exitCode } = await other;
    giveBack();
    await held;

    expect(exitCode).toBe(0);
    await database.database.withTenant(tenantId, (tx) => tx.execute(sql`delete from gateways where gateway_id = 'two'`));
  }, 120_000);

  it('ends with open tunnels and streams on SIGTERM', async () => {
    const relay = await startRelay(sockets.door, token);
    const body = JSON.stringify({ model: 'm', input: '```astraforge-demo\n- stream: {count: 1000, perSecond: 10}\n```' });
    const stream = exchange(sockets.door, { method: 'POST', path: '/v1/responses', token, body }).catch(() => null);
    await sleep(300);

    gateway?.kill('SIGTERM');
    const ended = await gateway;

    expect(ended?.exitCode).toBe(0);
    await stream;
    const calls = await database.database.withTenant(tenantId, (tx) => listLlmCalls(tx, 'run-1'));
    expect(calls.at(-1)).toMatchObject({ state: 'aborted' });
    await relay.close();
  });
});
