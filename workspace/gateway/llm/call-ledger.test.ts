import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortLostLlmCalls, hasCalledModel, listLlmCalls, startLlmCall } from '../../../db/llm-calls.ts';
import { insertProject } from '../../../db/projects.ts';
import type { ProjectSettings } from '../../../db/project-settings.ts';
import { llmCalls, projects, requests } from '../../../db/schema.ts';
import { openTestDatabase, type TestDatabase } from '../../../db/testing.ts';
import { memoryLogger, workspaceRow } from '../testing/memory.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import { createDatabaseLedger, type CallLedger, type CallSettlement } from './call-ledger.ts';

const tenantId = 'default';
const bound = { inputTokens: 60, outputTokens: 40 };
const call = { model: 'm', upstream: 'u', bound };

describe('the ledger of model calls', () => {
  let database: TestDatabase;
  let made = 0;

  beforeAll(async () => {
    database = await openTestDatabase({ maxConnections: 10 });
  }, 180_000);

  afterAll(() => database.close());

  /** A workspace at work for a request of a project with this budget. */
  async function setUp(tokenBudget: number | null): Promise<{ grant: WorkspaceGrant; ledger: CallLedger; projectId: string }> {
    made += 1;
    const projectId = `project-${made}`;
    const names = { workspaceId: `w-${made}`, requestId: `request-${made}`, runId: `run-${made}` };
    await database.database.withTenant(tenantId, async (tx) => {
      const repository = { forge: 'local', repositoryKind: 'git', repositoryUrl: '/r', defaultBranch: 'main' } as const;
      await insertProject(tx, { tenantId, projectId, name: projectId, ...repository, settings: { tokenBudget } as ProjectSettings });
      const request = { tenantId, requestId: names.requestId, projectId, requesterId: 'ada', title: 'x', stage: 'EXECUTING' } as const;
      await tx.insert(requests).values(request);
    });
    const grant = { ...workspaceRow(names), runId: names.runId, state: 'active', setupKey: null } as const;
    return { grant, ledger: ledger(), projectId };
  }

  function ledger(leaseMs?: number): CallLedger {
    return createDatabaseLedger(database.database, { logger: memoryLogger(), leaseMs });
  }

  function ended(countedTokens: number): CallSettlement {
    return { state: 'completed', status: 200, error: null, usage: null, firstByteAtMs: null, countedTokens };
  }

  async function open(from: CallLedger, grant: WorkspaceGrant): Promise<string> {
    const opened = await from.open(grant, call);
    return 'callId' in opened ? opened.callId : opened.refusal.code;
  }

  /** A call that its gateway left open; answers its id. */
  async function lapse({ requestId, runId, workspaceId }: WorkspaceGrant, reservedTokens: number): Promise<string> {
    const callId = `lapsed-${runId}`;
    const call = { tenantId, callId, requestId: requestId ?? '', runId, workspaceId, model: 'm', upstream: 'u', reservedTokens };
    await database.database.withTenant(tenantId, (tx) => startLlmCall(tx, call, -1));
    return callId;
  }

  it('opens none for a workspace of no request, whatever its row says', async () => {
    const { grant } = await setUp(null);

    expect(await open(ledger(), { ...grant, requestId: null, modelAllowed: true })).toBe('model-not-allowed');
  });

  it('reserves for calls at the same time, of several gateways, no more than there is', async () => {
    const { grant } = await setUp(350);
    const gateways = [ledger(), ledger()];

    const opened = await Promise.all(Array.from({ length: 12 }, (_, at) => open(gateways[at % 2] ?? ledger(), grant)));

    expect(opened.filter((outcome) => outcome === 'budget-reserved')).toHaveLength(9);
    const calls = await database.database.withTenant(tenantId, (tx) => listLlmCalls(tx, grant.runId));
    expect(calls.map(({ reservedTokens }) => reservedTokens)).toEqual([100, 100, 100]);
  });

  it('tells a workspace that has called a model, as soon as it does, from one that has not', async () => {
    const { grant, ledger } = await setUp(null);
    const hasCalled = (workspaceId: string) =>
      database.database.withTenant(tenantId, (tx) => hasCalledModel(tx, { ...grant, workspaceId }));
    const before = await hasCalled(grant.workspaceId);
    await open(ledger, grant);

    const after = await Promise.all([hasCalled(grant.workspaceId), hasCalled('another')]);

    expect(before).toBe(false);
    expect(after).toEqual([true, false]);
  });

  it('gives back what a call did not use, and refuses for good once it is used', async () => {
    const { grant, ledger } = await setUp(200);
    const first = await open(ledger, grant);
    const second = await open(ledger, grant);
    const whileBoth = await open(ledger, grant);
    await ledger.settle(grant, first, ended(20));
    await ledger.settle(grant, second, ended(0));

    const third = await open(ledger, grant);
    await ledger.settle(grant, third, ended(90));
    const last = await open(ledger, grant);

    expect([whileBoth, last]).toEqual(['budget-reserved', 'budget-exhausted']);
    expect(third).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes on once the budget was raised, and counts no request for another', async () => {
    const { grant, ledger, projectId } = await setUp(50);
    const other = await setUp(100);
    const before = await open(ledger, grant);

    await database.database.withTenant(tenantId, (tx) =>
      tx
        .update(projects)
        .set({ settings: { tokenBudget: 100 } as ProjectSettings })
        .where(eq(projects.projectId, projectId)),
    );

    expect(before).toBe('budget-exhausted');
    expect(await open(ledger, grant)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await open(other.ledger, other.grant)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('asks nothing of a project without a budget', async () => {
    const { grant, ledger } = await setUp(null);

    const opened = await Promise.all(Array.from({ length: 5 }, () => open(ledger, grant)));

    expect(opened.filter((outcome) => outcome.startsWith('budget'))).toEqual([]);
  });

  it('charges what the calls of a dead gateway had reserved, also once they are tidied up', async () => {
    const { grant, ledger } = await setUp(250);
    await lapse(grant, 151);

    const whileOpen = await open(ledger, grant);
    await database.database.asHousekeeper((tx) => abortLostLlmCalls(tx, 0));
    const afterwards = await open(ledger, grant);

    expect([whileOpen, afterwards]).toEqual(['budget-exhausted', 'budget-exhausted']);
  });

  it('takes a call whose end came late for what it was', async () => {
    const { grant, ledger } = await setUp(250);
    await ledger.settle(grant, await lapse(grant, 151), ended(20));

    const opened = await Promise.all([open(ledger, grant), open(ledger, grant)]);

    expect(opened.filter((outcome) => outcome.startsWith('budget'))).toEqual([]);
  });

  it('holds a reservation for as long as its call is under way', async () => {
    const { grant } = await setUp(100);
    const living = ledger(3_000);
    const callId = await open(living, grant);
    const leaseOf = async () => {
      const [row] = await database.database.withTenant(tenantId, (tx) => tx.select().from(llmCalls).where(eq(llmCalls.callId, callId)));
      return row?.leaseUntil?.getTime() ?? 0;
    };
    const first = await leaseOf();

    let renewed = first;
    while (renewed === first) {
      await sleep(50);
      renewed = await leaseOf();
    }

    expect(renewed).toBeGreaterThan(first);
    await living.settle(grant, callId, ended(10));
  });
});
