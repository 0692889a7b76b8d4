import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createDoor } from '../gateway/door.ts';
import { createEgress } from '../gateway/egress/connect.ts';
import { handleGitHttp } from '../gateway/git/http-backend.ts';
import { sendError } from '../gateway/http.ts';
import { listenOnSocket, stopServer } from '../gateway/listen.ts';
import { createLlmHandler } from '../gateway/llm/handler.ts';
import { createShares } from '../gateway/shares.ts';
import { memoryLedger, memoryLogger, memoryResolver, workspaceRow } from '../gateway/testing/memory.ts';
import { issueRunToken } from '../gateway/token.ts';

const key = 'run-token-key-of-the-door-for-two-runs';
const neighbour = { workspaceId: 'neighbour', requestId: 'request-of-neighbour', runId: 'run-of-neighbour' };

/** The gateway's door where two runs are at work: each has a repository, a model and hosts that it may reach. */
export interface TwoRunsDoor {
  /** Of the workspace that the test makes. */
  ownToken: string;
  /** Of the other run, and good: what it opens is what the first must not have. */
  neighbourToken: string;
  /** `name:port` of a server that only the neighbour may reach. */
  neighbourHost: string;
  /** Whose model calls were made, in order. */
  callers(): string[];
  close(): Promise<void>;
}

/** Opens it on a socket where nobody listens. The neighbour's repository has a branch `of-neighbour`; `own.repository` is bare too. */
export async function startTwoRunsDoor(socketPath: string, own: { workspaceId: string; repository: string }): Promise<TwoRunsDoor> {
  const folder = mkdtempSync(join(tmpdir(), 'af-two-runs-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  git('init', '-q', '-b', 'of-neighbour', 'work');
  writeFileSync(join(folder, 'work', 'secret.txt'), 'of the neighbour');
  git('-C', 'work', 'add', '-A');
  git('-C', 'work', '-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '-q', '-m', 'test: secret');
  git('clone', '-q', '--bare', 'work', 'neighbour.git');
  const repositories = new Map([
    ['run-of-own', own.repository],
    [neighbour.runId, join(folder, 'neighbour.git')],
  ]);
  const host = createServer((_request, response) => response.end('reached'));
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const neighbourHost = `neighbour.test:${(host.address() as AddressInfo).port}`;
  const ownNames = { workspaceId: own.workspaceId, requestId: 'request-of-own', runId: 'run-of-own' };
  const ledger = memoryLedger();
  const logger = memoryLogger();
  const llm = createLlmHandler({
    upstream: {
      name: 'short',
      send: () => Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body: Readable.from(['{}']) }),
    },
    ledger,
    allowlist: ['*'],
    logger,
  });
  const server = createDoor({
    runTokenKeys: [key],
    resolver: memoryResolver(workspaceRow(ownNames), workspaceRow({ ...neighbour, egressAllow: [neighbourHost] })),
    shares: createShares(),
    llm: llm.handle,
    git: (request, response, { runId }) =>
      handleGitHttp(request, response, { repositoryPath: repositories.get(runId) ?? '/nowhere', maxInputBytes: 2 ** 20 }),
    files: async (_request, response) => sendError(response, 404, 'no-files', 'No files in this test.'),
    setup: async (_request, response) => sendError(response, 404, 'no-setup', 'No setup in this test.'),
    secrets: async (_request, response) => sendError(response, 404, 'no-secrets', 'No secrets in this test.'),
    egress: createEgress({ logger, resolve: () => Promise.resolve(['127.0.0.1']), isAllowedAddress: (address) => address === '127.0.0.1' }),
    logger,
  });
  await listenOnSocket(server, socketPath);
  const tokenOf = ({ workspaceId, requestId }: typeof neighbour) =>
    issueRunToken(key, { tenantId: workspaceRow().tenantId, requestId, workspaceId });
  return {
    ownToken: await tokenOf(ownNames),
    neighbourToken: await tokenOf(neighbour),
    neighbourHost,
    callers: () => ledger.calls.map(({ workspaceId }) => workspaceId),
    async close() {
      await stopServer(server, 0);
      host.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A program (CommonJS) that tries the token in the file `token` in every way that it has: prints `git=`, which of both main
 * branches it was shown, `model=` and `egress=` with the status of the answer, one a line.
 */
export function tokenThief(neighbourHost: string): string {
  return `
    const { execFileSync } = require('child_process');
    const { request } = require('http');
    const token = 'Bearer ' + require('fs').readFileSync('token', 'utf8');
    const headers = { authorization: token, 'proxy-authorization': token, 'content-type': 'application/json' };
    const ask = (options, body) => new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: 8787, headers, ...options });
      asked.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
      asked.on('connect', (answer, socket) => { socket.destroy(); resolve(answer.statusCode); });
      asked.on('error', reject).end(body);
    });
    const url = 'http://127.0.0.1:8787/git/run.git';
    const refs = execFileSync('git', ['-c', 'http.extraHeader=Authorization: ' + token, 'ls-remote', '--heads', url]).toString();
    (async () => {
      console.log('git=' + ['main', 'of-neighbour'].filter((name) => refs.includes('refs/heads/' + name)).join(' '));
      console.log('model=' + await ask({ method: 'POST', path: '/v1/responses' }, JSON.stringify({ model: 'm', input: [] })));
      console.log('egress=' + await ask({ method: 'CONNECT', path: '${neighbourHost}' }));
    })();`;
}
