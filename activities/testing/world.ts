import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createLogger } from '../../config/logger.ts';
import { createPostgresArtifactStore } from '../../db/artifacts/postgres.ts';
import type { Database } from '../../db/port.ts';
import { insertMessage } from '../../db/messages.ts';
import { insertProject } from '../../db/projects.ts';
import { insertRequest } from '../../db/requests.ts';
import { createPostgresRunLog } from '../../db/run-log/postgres.ts';
import { insertRun } from '../../db/runs.ts';
import type { ProjectSettings } from '../../db/project-settings.ts';
import { ensureTenant } from '../../db/tenants.ts';
import { openTestDatabase } from '../../db/testing.ts';
import type { LogEvent } from '../../workflows/contracts/events.ts';
import type { RunInput, WorkspaceRef } from '../../workflows/contracts/run.ts';
import { createCheckpointActivities } from '../checkpoint.ts';
import type { HostDependencies } from '../workspace/dependencies.ts';
import { createStarts } from '../workspace/starts.ts';
import { createWatchRegistry } from '../workspace/watch-registry.ts';
import { FakeGit } from './fake-git.ts';
import { FakeProvisioner } from './fake-provisioner.ts';

/** Settings of a project for tests. */
function projectSettings(over: Partial<ProjectSettings> = {}): ProjectSettings {
  const rule = { required: 1, roles: ['maintainer' as const], requesterMayVote: true };
  return {
    gates: { plan: rule, patch: rule },
    planFirst: false,
    review: true,
    executor: null,
    model: null,
    effort: null,
    setup: null,
    checks: [],
    checkTimeoutMs: 60_000,
    repairTurns: 1,
    wallClockMs: 600_000,
    inactivityMs: 120_000,
    gateExpiryMs: null,
    egress: { presets: [], allow: [] },
    signOff: false,
    signingKeyFile: null,
    ...over,
  };
}

/** A host over a real Postgres, with workspaces and git in memory. */
export interface World {
  database: Database;
  deps: HostDependencies;
  provisioner: FakeProvisioner;
  git: FakeGit;
  /** Rows of tenant, project, request, prompt and run as they are when a run begins. */
  seed(run: RunInput, over?: { settings?: Partial<ProjectSettings>; prompt?: string }): Promise<void>;
  events(run: RunInput): Promise<LogEvent[]>;
  close(): Promise<void>;
}

/** Opens a world of its own. */
export async function openWorld(): Promise<World> {
  const test = await openTestDatabase();
  const { database } = test;
  const logger = createLogger('test', { silent: true });
  const runLog = createPostgresRunLog(database, createPostgresArtifactStore(database), { logger });
  const provisioner = new FakeProvisioner();
  const git = new FakeGit();
  const author = { name: 'AstraForge', email: 'astraforge@localhost' };
  const deps: HostDependencies = {
    database,
    runLog,
    git,
    provisioner,
    issueToken: async ({ workspaceId }) => `token-of-${workspaceId}`,
    ...createCheckpointActivities({ database, runLog, git, logger, now: Date.now, publicUrl: 'http://forge.test', author }),
    settings: {
      hostId: 'h1',
      instance: 'i1',
      limits: { memoryBytes: 1e9, diskBytes: 1e9, processes: 100, outputBytes: 1e8 },
      maxFileBytes: 1e6,
      saveEveryMs: 300_000,
      snapshots: { maxBytes: 1e9, machine: 'linux-test', image: 'test' },
      idleWorkspaceMs: 600_000,
      warmWorkspaceMs: 3_600_000,
      warmWorkspacesMax: 4,
      placePatienceMs: 300_000,
      model: 'test-model',
      modelPlace: 'gateway',
      executor: 'codex',
      executorCommand: null,
      egressAllow: ['registry.npmjs.org'],
    },
    watches: createWatchRegistry(),
    starts: createStarts(),
    logger,
    now: Date.now,
  };
  return {
    database,
    deps,
    provisioner,
    git,
    seed: (run, over = {}) => seed(database, run, over),
    events: (run) => runLog.read(run.request.tenantId, { requestId: run.request.requestId, afterSeq: 0, limit: 10_000 }),
    close: () => test.close(),
  };
}

async function seed(database: Database, run: RunInput, over: { settings?: Partial<ProjectSettings>; prompt?: string }): Promise<void> {
  const { tenantId, projectId, requestId } = run.request;
  await database.withTenant(tenantId, async (tx) => {
    await ensureTenant(tx, { tenantId, name: tenantId, slots: 2 });
    const project = {
      tenantId,
      projectId,
      name: projectId,
      forge: 'local',
      repositoryKind: 'git' as const,
      repositoryUrl: '/repository.git',
    };
    await insertProject(tx, { ...project, defaultBranch: 'main', settings: projectSettings(over.settings) });
    await insertRequest(tx, run.request);
    for (const { messageId, kind } of run.messages)
      await insertMessage(tx, {
        tenantId,
        messageId,
        requestId,
        kind,
        body: over.prompt ?? 'Make the failing test pass',
        authorId: 'p-ada',
      });
    await insertRun(tx, run, 'waiting');
  });
}

/** Where an activity runs in a test; its expected failures stay out of the output. */
export function testEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

/** The first attempt's workspace of a run on this host. */
export function workspaceRef(run: RunInput, over: Partial<WorkspaceRef> = {}): WorkspaceRef {
  return { workspaceId: `${run.runId}-a1`, hostId: 'h1', provisioner: 'fake', runId: run.runId, attempt: 1, hasChecks: true, ...over };
}
