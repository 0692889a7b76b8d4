import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadOrCreateKeys } from '../config/keys.ts';
import { statePaths } from '../config/paths.ts';
import { openTestDatabase } from '../db/testing.ts';
import { insertWorkspace } from '../db/workspaces.ts';
import { exchange } from '../workspace/gateway/testing/client.ts';
import { issueRunToken } from '../workspace/gateway/token.ts';

const tenantId = 'default';
const startMs = 60_000;

/** A gateway as it is in service, its database and its upstream beside it. */
export interface MeasuredGateway {
  /** Of the upstream itself, on loopback. */
  upstreamPort: number;
  /** Where workspaces come in. */
  socketPath: string;
  pid: number;
  /** One for each workspace. */
  tokens: string[];
  close(): Promise<void>;
}

/** Starts the gateway's own program with `workspaces` workspaces at work, in front of an upstream on loopback. */
export async function startMeasuredGateway(workspaces: number): Promise<MeasuredGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-gateway-'));
  const paths = statePaths(folder);
  const sockets = paths.socketsOf('local');
  const database = await openTestDatabase();
  const upstream = fork(fileURLToPath(new URL('./sse-upstream.ts', import.meta.url)), { execPath: process.execPath });
  const [upstreamPort] = (await once(upstream, 'message')) as [number];
  const { runTokenKey } = await loadOrCreateKeys(paths.keys);
  const tokens: string[] = [];
  for (let at = 0; at < workspaces; at++) {
    const names = { tenantId, workspaceId: `w-${at}`, requestId: `request-${at}` };
    const rest = { runId: `run-${at}`, attempt: 1, hostId: 'local', provisioner: 'local', purpose: 'agent', state: 'active' } as const;
    await database.database.withTenant(tenantId, (tx) =>
      insertWorkspace(tx, { ...names, ...rest, baseCommit: '0'.repeat(40), leaseMs: 3_600_000 }),
    );
    tokens.push(await issueRunToken(runTokenKey, names));
  }
  const gateway = spawn(process.execPath, [fileURLToPath(new URL('../workspace/gateway/main.ts', import.meta.url))], {
    env: {
      PATH: process.env['PATH'],
      STATE_DIR: folder,
      DATABASE_URL: database.url,
      MODEL_ALLOWLIST: '*',
      LLM_UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}/v1`,
      NODE_OPTIONS: `--import=${new URL('./collect-garbage.ts', import.meta.url).href}`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(gateway, 'exit');
  const deadline = Date.now() + startMs;
  while ((await exchange(sockets.service, { path: '/healthz' }).catch(() => null))?.status !== 200) {
    if (gateway.exitCode !== null || Date.now() > deadline) throw new Error('the gateway did not start: its words stand above');
    await sleep(50);
  }
  return {
    upstreamPort,
    socketPath: sockets.door,
    pid: gateway.pid ?? 0,
    tokens,
    async close() {
      gateway.kill('SIGTERM');
      await ended;
      upstream.disconnect();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
