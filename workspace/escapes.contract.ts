import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventData } from '../workflows/contracts/events.ts';
import { createLogger } from '../config/logger.ts';
import { createEgress } from './gateway/egress/connect.ts';
import { exchange, tunnel } from './gateway/testing/client.ts';
import type { WorkspaceGrant } from './gateway/workspace-resolver.ts';
import type { Provisioner } from './port.ts';
import { startTestDoor } from './testing/door.ts';
import type { TestDoor } from './testing/door.ts';
import { dataOf, nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from './testing/harness.ts';
import type { Watched } from './testing/harness.ts';
import { startTwoRunsDoor, tokenThief } from './testing/two-runs-door.ts';

/** What the suite needs of one kind of provisioner. */
export interface EscapeSubject {
  provisioner: Provisioner;
  /** Folders of the host that hold what other workspaces do. */
  folder: string;
  /** Sockets of the host that would give the whole machine away. */
  sockets: string[];
  close(): Promise<void>;
}

/** Each by its name in the output of the program inside. */
const refused = [
  'host-port',
  'host-address',
  'internet',
  'dns',
  'metadata',
  'kubernetes',
  'docker-socket',
  'home',
  'temporary',
  'other-checkout',
  'other-process',
  'other-repository',
  'socket-folder',
  'private-files',
  'service-socket',
  'door-socket',
  'token',
  'supervisor-process',
  'write-system',
  'write-run-objects',
  'mount',
  'user-namespace',
  'root',
  'push',
  'push-other-ref',
  'upload',
  'egress',
];

/** Addresses of this machine beyond loopback. */
function hostAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
  );
}

/** Prints `name=open` for what it reached and `name=shut` for what it did not. */
function attempt(name: string, command: string): string {
  return `if (${command}) >/dev/null 2>&1; then echo ${name}=open; else echo ${name}=shut; fi`;
}

const nodeConnect = (port: number, host = '127.0.0.1') =>
  `node -e "const s=require('net').connect(${port},'${host}',()=>process.exit(0));s.on('error',()=>process.exit(1));setTimeout(()=>process.exit(1),1500)"`;

/** A program that asks the proxy of its environment for a tunnel and speaks HTTP through it. */
function throughProxy(target: string): string {
  const script = `
    const proxy = new URL(process.env.HTTPS_PROXY);
    const asked = require('http').request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: '${target}' });
    asked.on('connect', (answer, socket) => {
      console.log('status ' + answer.statusCode);
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      socket.on('end', () => console.log(text.split('\\r\\n\\r\\n')[1]));
      socket.end('GET / HTTP/1.0\\r\\n\\r\\n');
    });
    asked.end();`;
  return `node -e "${script}"`;
}

/** Every provisioner runs this: a program inside tries what an agent that is not trusted may not, and what it must be able to. */
export function describeEscapes(name: string, open: (door: TestDoor) => EscapeSubject): void {
  describe(`a program in a workspace of ${name}`, () => {
    let door: TestDoor;
    let subject: EscapeSubject;
    let hostServer: Server;
    let outsideFolder: string;
    let seen: Watched;
    let end: EventData<'turn.completed'>;
    let told: Map<string, string>;

    beforeAll(async () => {
      door = await startTestDoor();
      subject = open(door);
      outsideFolder = mkdtempSync(join(tmpdir(), 'af-secret-'));
      writeFileSync(join(outsideFolder, 'secret.txt'), 'secret');
      // Stands for Postgres, Temporal and the API: anything that listens on the host's loopback.
      hostServer = createServer((socket) => socket.end());
      await new Promise<void>((resolve) => hostServer.listen(0, '0.0.0.0', resolve));
      const hostPort = (hostServer.address() as AddressInfo).port;
      const commit = door.commit({ 'a.txt': 'hello\n' });
      const neighbour = { name: 'command' as const, command: 'sleep 600; : neighbour-sleeps' };
      const other = await subject.provisioner.create({
        job: testJob(commit, { workspaceId: 'other', executor: neighbour }),
        runToken: door.runToken,
      });
      await other.deliver(testTurn('m1', 'x'));
      await watchUntil(other, nothingSeen, ({ type }) => type === 'turn.started');

      const command = [
        attempt('host-port', nodeConnect(hostPort)),
        attempt(
          'host-address',
          hostAddresses()
            .map((address) => nodeConnect(hostPort, address))
            .join(' || ') || 'false',
        ),
        attempt('relay', nodeConnect(8787)),
        attempt('internet', nodeConnect(443, '1.1.1.1')),
        attempt('dns', `node -e "require('dns').lookup('example.com',(e)=>process.exit(e?1:0))"`),
        attempt('metadata', nodeConnect(80, '169.254.169.254')),
        attempt(
          'kubernetes',
          `${nodeConnect(443, '10.96.0.1')} || test -n "$KUBERNETES_SERVICE_HOST" || test -e /var/run/secrets/kubernetes.io`,
        ),
        attempt('docker-socket', subject.sockets.map((path) => `test -e ${path}`).join(' || ')),
        attempt('home', `ls ${homedir()}/`),
        attempt('temporary', `cat ${outsideFolder}/secret.txt`),
        attempt('other-checkout', `ls ${subject.folder}`),
        attempt('other-process', 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -q "neighbour-[s]leeps"'),
        attempt('other-repository', 'git ls-remote http://127.0.0.1:8787/git/other.git || git ls-remote http://127.0.0.1:8787/git/../work'),
        attempt('socket-folder', 'ls /run/gw'),
        attempt('private-files', 'ls /run/astraforge'),
        attempt('service-socket', 'find / -name "service.sock" -print | grep .'),
        attempt('door-socket', 'find / -name "door.sock" -print 2>/dev/null | grep .'),
        // A pattern that does not match itself: this very command stands in /proc, too.
        attempt('token', 'grep -rqs "test-[t]oken-" /proc/[0-9]*/environ /proc/[0-9]*/cmdline /home /run /opt /etc /var /workspace'),
        attempt('supervisor-process', 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -q "[s]upervisor.mjs"'),
        attempt('write-system', 'touch /usr/x /etc/x /opt/x /x'),
        attempt('write-run-objects', 'touch /var/lib/astraforge/git/objects/x'),
        attempt('mount', 'unshare -Urm true || mount -t tmpfs none /workspace'),
        attempt('user-namespace', 'unshare -U true'),
        attempt('root', 'test "$(id -u)" = 0'),
        attempt('push', 'git push http://127.0.0.1:8787/git/run.git HEAD:refs/heads/stolen'),
        attempt('push-other-ref', 'git push http://127.0.0.1:8787/git/run.git +HEAD:refs/heads/main'),
        attempt('upload', 'curl -sf -X PUT --data x http://127.0.0.1:8787/files/session'),
        attempt('fetch', 'git ls-remote http://127.0.0.1:8787/git/run.git'),
        attempt('egress', 'curl -sf --max-time 5 https://example.com/'),
        attempt('work', 'echo changed > a.txt'),
        'env | sort | sed s/=.*//',
      ].join('\n');
      const workspace = await subject.provisioner.create({
        job: testJob(commit, { workspaceId: 'inside', executor: { name: 'command', command } }),
        runToken: door.runToken,
      });
      await workspace.deliver(testTurn('m1', 'x'));
      ({ seen, end } = await watchTurn(workspace));
      told = new Map(
        textOf(seen, 'agent.delta')
          .split('\n')
          .flatMap((line) => (line.includes('=') ? [line.split('=') as [string, string]] : [])),
      );
    }, 120_000);

    afterAll(async () => {
      hostServer.close();
      rmSync(outsideFolder, { recursive: true, force: true });
      await subject.close();
      await door.close();
    });

    it('works in its checkout, and can reach the model and read its repository', () => {
      expect(end).toMatchObject({ status: 'completed', error: null });
      expect([told.get('work'), told.get('relay'), told.get('fetch')]).toEqual(['open', 'open', 'open']);
    });

    it.each(refused)('cannot reach: %s', (name) => {
      expect(told.get(name)).toBe('shut');
    });

    it('cannot end its supervisor by killing all that it sees', async () => {
      const job = testJob(door.commit({}), {
        workspaceId: 'killer',
        executor: { name: 'command', command: 'kill -9 -1; kill -9 1; exit 9' },
      });
      const workspace = await subject.provisioner.create({ job, runToken: door.runToken });
      await workspace.deliver(testTurn('m1', 'x'));

      const killed = await watchTurn(workspace);

      expect(killed.end).toMatchObject({ status: 'failed', reason: 'agent-exit', error: 'the agent exited with code 9' });
      expect((await workspace.state()).status).toBe('running');
    });

    it('cannot end its supervisor by anything that it asks the relay for', async () => {
      const targets = ['//', '//a:b', '/%', 'http://[', 'http://', '*', 'x', '/git/run.git/info/refs?x#&service=git-receive-pack'];
      const requests = [
        ...targets.flatMap((target) => [`GET ${target} HTTP/1.1\r\nHost: x`, `CONNECT ${target} HTTP/1.1\r\nHost: x`]),
        'POST /v1/responses HTTP/1.1\r\nContent-Length: 99\r\nHost: x',
        'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket',
      ];
      const script = `
        const { connect } = require('net');
        const ask = (text) => new Promise((resolve) => {
          const socket = connect(8787, '127.0.0.1', () => socket.end(text));
          socket.on('data', () => socket.destroy()).on('error', () => undefined).on('close', resolve);
        });
        (async () => { for (const text of ${JSON.stringify(requests.map((text) => `${text}\r\n\r\n`))}) await ask(text); })();`;
      const job = testJob(door.commit({ 'ask.cjs': script }), {
        workspaceId: 'asker',
        executor: { name: 'command', command: 'node ask.cjs && git ls-remote http://127.0.0.1:8787/git/run.git HEAD | cut -f 2' },
      });
      const workspace = await subject.provisioner.create({ job, runToken: door.runToken });
      await workspace.deliver(testTurn('m1', 'x'));

      const asked = await watchTurn(workspace);

      expect(asked.end).toMatchObject({ status: 'completed', error: null });
      expect(textOf(asked.seen, 'agent.delta')).toBe('HEAD\n');
    });

    it('has nothing of the host in its environment', () => {
      const names = textOf(seen, 'agent.delta')
        .split('\n')
        .filter((line) => /^[A-Za-z_]+$/.test(line));

      expect(names).toEqual(expect.arrayContaining(['HOME', 'PATH', 'HTTPS_PROXY']));
      expect(names.filter((name) => /TOKEN|SECRET|SSH|AWS|GITHUB|NPM_|JEST/.test(name))).toEqual([]);
    });

    it('is told on when it asked for a host that is not allowed', () => {
      expect(dataOf(seen, 'egress.refused')).toEqual([{ host: 'example.com', port: 443, reason: 'not on the allowlist' }]);
    });

    it('reaches a host that is allowed, by its name and through the gateway’s proxy alone', async () => {
      const target = createHttpServer((_request, response) => response.end('reached by name'));
      await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
      const { port } = target.address() as AddressInfo;
      const tunnel = createEgress({
        logger: createLogger('test', { silent: true }),
        allow: [`good.test:${port}`],
        // A name that no resolver knows leads to this machine: the real egress, but for where names lead.
        resolve: () => Promise.resolve(['127.0.0.1']),
        isAllowedAddress: (address) => address === '127.0.0.1',
      });
      const grant = { workspaceId: 'reaches', runId: 'r1', egressAllow: [] } as unknown as WorkspaceGrant;
      door.egress = (request, socket, head) => tunnel(request, socket, head, grant);
      const command = [throughProxy(`good.test:${port}`), attempt('direct', nodeConnect(port, 'good.test'))].join('\n');
      const executor = { name: 'command' as const, command };
      const job = testJob(door.commit({}), { workspaceId: 'reaches', executor });
      const workspace = await subject.provisioner.create({ job, runToken: door.runToken });
      await workspace.deliver(testTurn('m1', 'x'));

      const reached = await watchTurn(workspace);
      door.egress = null;
      target.close();

      expect(textOf(reached.seen, 'agent.delta')).toBe('status 200\nreached by name\ndirect=shut\n');
      expect(dataOf(reached.seen, 'egress.refused')).toEqual([]);
    });

    it('gains nothing by the token of another run: the repository, the model and the hosts stay its own', async () => {
      await door.stop();
      const own = { workspaceId: 'thief', repository: door.repository };
      const runs = await startTwoRunsDoor(door.socketPath, own);
      try {
        const theirs = await Promise.all([
          exchange(door.socketPath, { path: '/git/run.git/info/refs?service=git-upload-pack', token: runs.neighbourToken }),
          tunnel(door.socketPath, runs.neighbourHost, runs.neighbourToken, 'GET / HTTP/1.0\r\n\r\n'),
        ]);
        const commit = door.commit({ token: runs.neighbourToken, 'thief.cjs': tokenThief(runs.neighbourHost) });
        const executor = { name: 'command' as const, command: 'node thief.cjs' };
        const job = testJob(commit, { workspaceId: own.workspaceId, runId: 'run-of-own', executor });
        const workspace = await subject.provisioner.create({ job, runToken: runs.ownToken });
        await workspace.deliver(testTurn('m1', 'x'));

        const stole = await watchTurn(workspace);

        expect(theirs[0].text).toContain('refs/heads/of-neighbour');
        expect(theirs[1]).toContain('reached');
        expect(textOf(stole.seen, 'agent.delta')).toBe('git=main\nmodel=200\negress=403\n');
        expect(runs.callers()).toEqual([own.workspaceId]);
      } finally {
        await runs.close();
        await door.restart();
      }
    });

    it('left no trace of the token in what the host can list', () => {
      const listed = execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "']).toString();

      expect(listed).not.toContain(door.runToken);
      expect(JSON.stringify(seen.events)).not.toContain(door.runToken);
    });
  });
}
