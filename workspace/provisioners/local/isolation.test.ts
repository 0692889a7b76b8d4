import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventData } from '../../../workflows/contracts/events.ts';
import { startTestDoor } from '../../testing/door.ts';
import type { TestDoor } from '../../testing/door.ts';
import { dataOf, localForTest, testJob, testTurn, textOf, watchTurn } from '../../testing/harness.ts';
import type { Watched } from '../../testing/harness.ts';

/** Prints `name=open` for what it reached and `name=shut` for what it did not. */
function attempt(name: string, command: string): string {
  return `if (${command}) >/dev/null 2>&1; then echo ${name}=open; else echo ${name}=shut; fi`;
}

const nodeConnect = (port: number, host = '127.0.0.1') =>
  `node -e "const s=require('net').connect(${port},'${host}',()=>process.exit(0));s.on('error',()=>process.exit(1));setTimeout(()=>process.exit(1),1500)"`;

describe('a program in a workspace', () => {
  let door: TestDoor;
  let local: ReturnType<typeof localForTest>;
  let hostServer: Server;
  let outsideFolder: string;
  let seen: Watched;
  let end: EventData<'turn.completed'>;
  let told: Map<string, string>;

  beforeAll(async () => {
    door = await startTestDoor();
    local = localForTest(door);
    outsideFolder = mkdtempSync(join(tmpdir(), 'af-secret-'));
    writeFileSync(join(outsideFolder, 'secret.txt'), 'secret');
    // Stands for Postgres, Temporal and the API: anything that listens on the host's loopback.
    hostServer = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => hostServer.listen(0, '127.0.0.1', resolve));
    const hostPort = (hostServer.address() as AddressInfo).port;
    const commit = door.commit({ 'a.txt': 'hello\n' });
    const other = testJob(commit, { workspaceId: 'other', executor: { name: 'none' } });
    await local.provisioner.create({ job: other, runToken: door.runToken });

    const command = [
      attempt('host-port', nodeConnect(hostPort)),
      attempt('relay', nodeConnect(8787)),
      attempt('internet', nodeConnect(443, '1.1.1.1')),
      attempt('dns', `node -e "require('dns').lookup('example.com',(e)=>process.exit(e?1:0))"`),
      attempt('home', `ls ${homedir()}/`),
      attempt('temporary', `cat ${outsideFolder}/secret.txt`),
      attempt('other-checkout', `ls ${local.folder}`),
      attempt('socket-folder', 'ls /run/gw'),
      attempt('private-files', 'ls /run/astraforge'),
      attempt('service-socket', 'find / -name "service.sock" -print | grep .'),
      attempt('door-socket', 'find / -name "door.sock" -print 2>/dev/null | grep .'),
      // A pattern that does not match itself: this very command stands in /proc, too.
      attempt('token', 'grep -rqs "test-[t]oken-" /proc/[0-9]*/environ /proc/[0-9]*/cmdline /home /run /opt /etc /var /workspace'),
      attempt('supervisor-process', 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -q "[s]upervisor.mjs"'),
      attempt('write-system', 'touch /usr/x /etc/x /opt/x /x'),
      attempt('write-run-objects', 'touch /var/lib/astraforge/git/objects/x'),
      attempt('mount', 'unshare -Urm true'),
      attempt('root', 'test "$(id -u)" = 0'),
      attempt('push', 'git push http://127.0.0.1:8787/git/run.git HEAD:refs/heads/stolen'),
      attempt('upload', 'curl -sf -X PUT --data x http://127.0.0.1:8787/files/session'),
      attempt('fetch', 'git ls-remote http://127.0.0.1:8787/git/run.git'),
      attempt('egress', 'curl -sf --max-time 5 https://example.com/'),
      attempt('work', 'echo changed > a.txt'),
      'env | sort | sed s/=.*//',
    ].join('\n');
    const workspace = await local.provisioner.create({
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
    await local.close();
    await door.close();
  });

  it('works in its checkout, and can reach the model and read its repository', () => {
    expect(end).toMatchObject({ status: 'completed', error: null });
    expect([told.get('work'), told.get('relay'), told.get('fetch')]).toEqual(['open', 'open', 'open']);
  });

  it.each([
    'host-port',
    'internet',
    'dns',
    'home',
    'temporary',
    'other-checkout',
    'socket-folder',
    'private-files',
    'service-socket',
    'door-socket',
    'token',
    'supervisor-process',
    'write-system',
    'write-run-objects',
    'mount',
    'root',
    'push',
    'upload',
    'egress',
  ])('cannot reach: %s', (name) => {
    expect(told.get(name)).toBe('shut');
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

  it('left no trace of the token in what the host can list', () => {
    const listed = execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "']).toString();

    expect(listed).not.toContain(door.runToken);
    expect(JSON.stringify(seen.events)).not.toContain(door.runToken);
  });
});
