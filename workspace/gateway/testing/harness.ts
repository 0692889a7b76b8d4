import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDoor, type DoorOptions } from '../door.ts';
import { createEgress } from '../egress/connect.ts';
import { sendError } from '../http.ts';
import { listenOnSocket, stopServer } from '../listen.ts';
import { createDemoUpstream } from '../llm/demo-upstream.ts';
import { createLlmHandler, type LlmHandler } from '../llm/handler.ts';
import type { Upstream } from '../llm/upstream.ts';
import { createShares } from '../shares.ts';
import { issueRunToken } from '../token.ts';
import type { WorkspaceRow } from '../workspace-resolver.ts';
import { memoryLedger, memoryLogger, memoryResolver, workspaceRow } from './memory.ts';

export const testKey = 'test-run-token-key-of-enough-length';

/** A door on a socket in a temporary folder, everything behind it in memory. */
export interface TestDoor {
  folder: string;
  socketPath: string;
  token: string;
  resolver: ReturnType<typeof memoryResolver>;
  ledger: ReturnType<typeof memoryLedger>;
  logger: ReturnType<typeof memoryLogger>;
  llm: LlmHandler;
  server: Server;
  /** Ends the server as a crash would: every connection cut. The socket's file stays. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface TestDoorOptions {
  upstream?: Upstream;
  row?: Partial<WorkspaceRow>;
  allowlist?: string[];
  /** What the token says of a setup. */
  setupKey?: string;
  routes?: Partial<Pick<DoorOptions, 'egress' | 'git' | 'files' | 'secrets' | 'setup' | 'askAgainEveryMs'>>;
}

/** Starts one; close it at the end of the test. */
export async function startDoor(options: TestDoorOptions = {}): Promise<TestDoor> {
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-door-'));
  const socketPath = join(folder, 'sockets', 'door.sock');
  const resolver = memoryResolver(workspaceRow(options.row));
  const ledger = memoryLedger();
  const logger = memoryLogger();
  const llm = createLlmHandler({
    upstream: options.upstream ?? createDemoUpstream(),
    ledger,
    allowlist: options.allowlist ?? ['*'],
    logger,
  });
  const { tenantId, requestId, workspaceId } = workspaceRow(options.row);
  const make = () =>
    createDoor({
      runTokenKeys: [testKey],
      resolver,
      // Streams that a test compares belong to one workspace here.
      shares: createShares({ llm: 64, git: 4, files: 8, egress: 64 }),
      llm: llm.handle,
      git: async (_request, response) => sendError(response, 404, 'no-git', 'No git in this test.'),
      files: async (_request, response) => sendError(response, 404, 'no-files', 'No files in this test.'),
      secrets: async (_request, response) => sendError(response, 404, 'no-secrets', 'No secrets in this test.'),
      setup: async (_request, response) => sendError(response, 404, 'no-setup', 'No setup in this test.'),
      egress: createEgress({ logger }),
      logger,
      ...options.routes,
    });
  const door: TestDoor = {
    folder,
    socketPath,
    token: await issueRunToken(testKey, { tenantId, requestId: requestId ?? undefined, workspaceId, setupKey: options.setupKey }),
    resolver,
    ledger,
    logger,
    llm,
    server: make(),
    async crash() {
      await stopServer(door.server, 0);
      await writeFile(socketPath, '');
    },
    async restart() {
      door.server = make();
      await listenOnSocket(door.server, socketPath);
    },
    async close() {
      await stopServer(door.server, 0);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await listenOnSocket(door.server, socketPath);
  return door;
}

/** A git repository with one commit of these files, on `main`. */
export async function makeRepository(folder: string, files: Record<string, string>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  git(folder, 'init', '-q', '-b', 'main');
  commitAll(folder, 'first');
  return folder;
}

/** Commits everything. */
export function commitAll(folder: string, message: string): void {
  git(folder, 'add', '-A');
  git(folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-q', '-m', message);
}

/** Runs git there; answers what it printed. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
}
