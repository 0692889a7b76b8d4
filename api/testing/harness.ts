import type { RequestHandler } from 'express';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../../config/logger.ts';
import { createPostgresArtifactStore } from '../../db/artifacts/postgres.ts';
import type { Database } from '../../db/port.ts';
import type { RunLog } from '../../db/run-log/port.ts';
import { createPostgresRunLog } from '../../db/run-log/postgres.ts';
import { openTestDatabase } from '../../db/testing.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { createApp } from '../app.ts';
import { bootstrapTenant, ownerId, tenantId } from '../bootstrap.ts';
import type { ApiClient } from '../client/index.ts';
import { createApiClient } from '../client/index.ts';
import type { ApiDependencies, Repositories } from '../dependencies.ts';
import { InboundDeliverer } from '../inbox/inbound.ts';
import { InboxRelay } from '../inbox/relay.ts';
import { ChangeHub } from '../streams/changes.ts';
import { StreamHub } from '../streams/hub.ts';
import { FakeWorkflows } from './fake-workflows.ts';

export const startupToken = 'test-token-of-the-laptop-0123456789abcdef';

/** A served API over a real database; only Temporal and the gateway are stand-ins. */
export interface Harness {
  url: string;
  api: ApiClient;
  database: Database;
  runLog: RunLog;
  workflows: FakeWorkflows;
  hub: StreamHub;
  relay: InboxRelay;
  inbound: InboundDeliverer;
  deps: ApiDependencies;
  /** `.astraforge.yml` that the repository is said to have. */
  projectFile: { text: string | null };
  fetch: (path: string, init?: RequestInit) => Promise<Response>;
  close: () => Promise<void>;
}

/** Repositories by URL: `/repo` exists, anything else does not. */
function fakeRepositories(projectFile: { text: string | null }): Repositories {
  return {
    inspect: (source) =>
      source.url === '/repo'
        ? Promise.resolve({ defaultBranch: 'main', branches: ['main', 'next'] })
        : Promise.reject(new DomainError('transient', 'repository-unreachable', `inspect: ${source.url} does not clone; check the URL`)),
    diff: ({ baseCommit, commit }) => Promise.resolve({ baseCommit, commit, stat: { files: 0, insertions: 0, deletions: 0 }, files: [] }),
    file: () => Promise.resolve(null),
    paths: ({ query }) => Promise.resolve({ items: [`src/${query}.ts`], more: false }),
    patch: () => Promise.resolve('diff --git a/a b/a\n'),
    projectFile: () => Promise.resolve(projectFile.text),
  };
}

/** Opens everything; `waitMs` is how long a sender waits for the workflow, `web` the pages (none: the API alone). */
export async function openHarness(options: { waitMs?: number; web?: RequestHandler; warnings?: string[] } = {}): Promise<Harness> {
  const test = await openTestDatabase();
  const { database } = test;
  await bootstrapTenant(database, 2);
  const logger = createLogger('test', { silent: true });
  const artifacts = createPostgresArtifactStore(database);
  const runLog = createPostgresRunLog(database, artifacts, { logger });
  const workflows = new FakeWorkflows();
  const hub = new StreamHub({ runLog, logger, catchUpMs: 200 });
  const changes = new ChangeHub({ database, logger, catchUpMs: 200 });
  await Promise.all([hub.start(), changes.start()]);
  const inbound = new InboundDeliverer({ database, workflows, logger }, options.waitMs ?? 2_000);
  const relay = new InboxRelay({ database, workflows, logger, everyMs: 50 });
  const projectFile = { text: null as string | null };
  const deps: ApiDependencies = {
    database,
    runLog,
    artifacts,
    workflows,
    inbound,
    hub,
    changes,
    repositories: fakeRepositories(projectFile),
    projectSecretKeys: ['k'.repeat(43)],
    checkProjectFile(text) {
      if (text.includes('broken')) throw new DomainError('permanent', 'project-file-invalid', 'the project file is broken; mend it');
    },
    logger,
    identity: { startupToken, tenantId, principalId: ownerId },
    sessionRecheckMs: 50,
    publicUrl: 'http://127.0.0.1:8080',
    extraHosts: [],
    forges: ['local'],
    executors: ['codex', 'command'],
    defaultExecutor: 'codex',
    web: options.web ?? null,
    models: ['model-1'],
    efforts: ['low', 'high'],
    warnings: options.warnings ?? [],
    egressPresets: ['package-registries'],
    modelUpstream: () => Promise.resolve('demo'),
    temporalUi: { url: 'http://127.0.0.1:8233', namespace: 'default' },
  };
  const server = createServer(createApp(deps));
  const url = await listen(server);
  return {
    ...{ url, database, runLog, workflows, hub, relay, inbound, deps, projectFile },
    api: createApiClient({ baseUrl: url, token: startupToken }),
    fetch: (path, init = {}) =>
      fetch(new URL(path, url), { ...init, headers: { authorization: `Bearer ${startupToken}`, ...init.headers } }),
    async close() {
      workflows.mode = 'up';
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await relay.stop();
      await inbound.idle();
      await Promise.all([hub.stop(), changes.stop()]);
      await test.close();
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
