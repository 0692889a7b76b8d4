import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventData } from '../../workflows/contracts/events.ts';
import type { SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import { startTestDoor } from '../testing/door.ts';
import type { TestDoor } from '../testing/door.ts';
import { dataOf, localForTest, nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from '../testing/harness.ts';
import type { Watched } from '../testing/harness.ts';
import type { Workspace } from '../port.ts';
import { insidePlace } from '../provisioners/host-folder/inside.ts';
import { runSupervisor } from './supervisor.ts';

let door: TestDoor;
let local: ReturnType<typeof localForTest>;
let commit: string;
let count = 0;

beforeAll(async () => {
  door = await startTestDoor();
  commit = door.commit({ 'a.txt': 'hello\n', 'dir/b.txt': 'b\n', '.gitignore': 'ignored/\n', '.codex/config.toml': '# tracked\n' });
  local = localForTest(door);
});

afterAll(async () => {
  await local.close();
  await door.close();
});

function open(command: string, change: Partial<SupervisorJob> = {}): Promise<Workspace> {
  count += 1;
  const job = testJob(commit, { workspaceId: `s${count}`, executor: { name: 'command', command }, ...change });
  return local.provisioner.create({ job, runToken: door.runToken });
}

/** One turn of a shell command; the tip's files by name. */
async function turn(command: string): Promise<{ end: EventData<'turn.completed'>; files: string[]; seen: Watched }> {
  const workspace = await open(command);
  await workspace.deliver(testTurn('m1', 'x'));
  const { seen, end } = await watchTurn(workspace);
  const files = end.tipCommit ? door.git('ls-tree', '-r', '--name-only', end.tipCommit).split('\n') : [];
  await local.provisioner.destroy(workspace.workspaceId);
  return { end, files, seen };
}

const original = ['.codex/config.toml', '.gitignore', 'a.txt', 'dir/b.txt'];

describe('the commit at the end of a turn', () => {
  it('is the checked out one when nothing changed', async () => {
    const { end } = await turn('git status --porcelain; ls');

    expect(end).toMatchObject({ status: 'completed', tipCommit: commit, warnings: [] });
  });

  it('holds new, changed, deleted, renamed, linked and executable files, and not the ignored ones', async () => {
    const { end, files } = await turn(
      'echo x >> a.txt; git mv dir/b.txt moved.txt; ln -s a.txt link; echo "#!/bin/sh" > run.sh; chmod +x run.sh; mkdir ignored; echo no > ignored/x; printf z > "sp ace\tü.txt"',
    );

    expect(end.warnings).toEqual([]);
    expect(files).toHaveLength(7);
    expect(files).toEqual(expect.arrayContaining(['a.txt', 'moved.txt', 'link', 'run.sh', '.codex/config.toml']));
    const listed = door.git('ls-tree', end.tipCommit ?? '', 'link', 'run.sh');
    expect(listed).toMatch(/^120000 .*\tlink\n100755 .*\trun.sh$/);
  });

  it('keeps the commits that the agent made, with what it left uncommitted on top', async () => {
    const { end } = await turn(
      'echo one > one.txt; git add one.txt; git commit -qm "mine: one"; mkdir -p ignored; echo f > ignored/f; git add -f ignored/f; git commit -qm "mine: two"; echo two > two.txt',
    );

    expect(door.git('log', '--format=%s', `${commit}..${end.tipCommit ?? ''}`)).toBe('astraforge: work tree\nmine: two\nmine: one');
    expect(door.git('show', `${end.tipCommit ?? ''}:ignored/f`)).toBe('f');
  });

  it.each([
    ['deleted the repository', 'echo x > new.txt; rm -rf .git', 'gone or broken'],
    ['broke the repository', 'echo x > new.txt; echo junk > .git/HEAD', 'gone or broken'],
    ['rewrote history', 'echo x > new.txt; git add .; git commit -q --amend -m other', 'rewrote history'],
    ['hid the objects that were borrowed', 'echo x > new.txt; rm .git/objects/info/alternates', 'gone or broken'],
  ])('has the whole work when the agent %s', async (_, command, warning) => {
    const { end, files } = await turn(command);

    expect(files).toEqual([...original, 'new.txt'].sort());
    expect(end.status).toBe('completed');
    expect(end.warnings.join()).toContain(warning);
    expect(door.git('rev-parse', `${end.tipCommit ?? ''}^`)).toBe(commit);
  });

  it('names a merge that was left half done', async () => {
    const { end } = await turn(
      'git checkout -qb side; echo s > a.txt; git commit -qam s; git checkout -q -; echo m > a.txt; git commit -qam m; git merge side',
    );

    expect(end.warnings.join()).toContain('merge half done');
    expect(door.git('show', `${end.tipCommit ?? ''}:a.txt`)).toContain('<<<<<<<');
  });

  it('holds paths with a newline, and links out of the tree as the links that they are', async () => {
    const { end, files } = await turn(
      `printf one > "$(printf 'new\\nline.txt')"; ln -s /etc/passwd out; ln -s ../../../../etc up; mkdir real; ln -s real/../.. through`,
    );

    expect(end).toMatchObject({ status: 'completed', warnings: [] });
    expect(files.toSorted()).toEqual([...original, '"new\\nline.txt"', 'out', 'through', 'up'].toSorted());
    const links = ['out', 'up', 'through'].map((path) => door.git('cat-file', 'blob', `${end.tipCommit ?? ''}:${path}`));
    expect(links).toEqual(['/etc/passwd', '../../../../etc', 'real/../..']);
  });

  it('follows no link that took the place of a folder: what lies behind it is not in the change', async () => {
    const { end, files } = await turn('rm -r dir; ln -s /etc dir; ls dir/passwd');

    expect(end.status).toBe('completed');
    expect(files).toEqual([...original.filter((path) => path !== 'dir/b.txt'), 'dir'].sort());
    expect(door.git('cat-file', 'blob', `${end.tipCommit ?? ''}:dir`)).toBe('/etc');
  });

  it('is refused in words when it is over the limit of a push, and nothing of it is kept', async () => {
    door.git('config', 'receive.maxInputSize', '20k');
    try {
      const { end } = await turn('head -c 60000 /dev/urandom > data.bin');

      expect(end).toMatchObject({ status: 'failed', reason: 'checkpoint-failed', tipCommit: null });
      expect(end.error).toMatch(/larger than the limit.* for one push; .*\.gitignore.*MAX_PUSH_BYTES/);
    } finally {
      door.git('config', '--unset', 'receive.maxInputSize');
    }
  });

  it('leaves nested repositories and large files out, by name', async () => {
    const { end, files } = await turn(
      'mkdir sub; cd sub; git init -q; echo x > x; git add .; git commit -qm x; cd ..; head -c 300000 /dev/zero > big.bin; echo small > small.txt',
    );

    expect(files).toEqual([...original, 'small.txt'].sort());
    expect(end.warnings.join('\n')).toMatch(/big\.bin is larger/);
    expect(end.warnings.join('\n')).toMatch(/sub is a repository of its own/);
  });

  it('runs nothing that the agent left in configuration, hooks, filters or attributes', async () => {
    const evil = 'echo pwned > /workspace/pwned-$$';
    const { files } = await turn(
      [
        `git config core.fsmonitor '${evil}'`,
        `git config core.hooksPath .hooks; mkdir .hooks; for h in pre-commit post-commit pre-push post-index-change reference-transaction; do echo '${evil}' > .hooks/$h; chmod +x .hooks/$h; done`,
        `git config filter.evil.clean '${evil}; cat'; git config filter.evil.required true; echo '*.txt filter=evil' > .gitattributes`,
        'echo x > new.txt',
      ].join('\n'),
    );

    expect(files.filter((name) => name.startsWith('pwned'))).toEqual([]);
    expect(files).toContain('new.txt');
  });
});

describe('saves, resets and a gateway that restarts', () => {
  it('saves on demand within a turn', async () => {
    const workspace = await open('echo half > half.txt; echo written; sleep 600');
    await workspace.deliver(testTurn('m1', 'x'));
    const started = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');

    await workspace.deliver({ messageId: 'v1', kind: 'save' });
    const saved = await watchUntil(workspace, started, ({ type }) => type === 'command.done');

    const [data] = dataOf(saved, 'saved');
    expect(door.git('rev-parse', 'astraforge/save')).toBe(data?.commit);
    expect(door.git('show', 'astraforge/save:half.txt')).toBe('half');
  });

  it('saves a work tree that did not change as the same commit, however much later', async () => {
    const workspace = await open('echo half > half.txt; echo written; sleep 600');
    await workspace.deliver(testTurn('m1', 'x'));
    const started = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');
    await workspace.deliver({ messageId: 'v1', kind: 'save' });
    const first = await watchUntil(workspace, started, ({ type }) => type === 'command.done');
    // Another second: a commit that was made anew would have another date, and so another id.
    await new Promise((resolve) => setTimeout(resolve, 1_100));

    await workspace.deliver({ messageId: 'v2', kind: 'save' });
    const second = await watchUntil(
      workspace,
      first,
      ({ type }, all) => type === 'command.done' && all.filter((event) => event.type === 'command.done').length === 2,
    );

    const commits = dataOf(second, 'saved').map((saved) => saved.commit);
    expect(commits).toHaveLength(2);
    expect(commits[1]).toBe(commits[0]);
  });

  it('moves the checkout to a finalised commit, from which the next turn goes on', async () => {
    const workspace = await open('echo line >> log.txt; git log --format=%s');
    await workspace.deliver(testTurn('m1', 'x'));
    const first = await watchTurn(workspace);
    const finalised = door.git('commit-tree', `${first.end.tipCommit ?? ''}^{tree}`, '-p', commit, '-m', 'finalised');
    door.git('update-ref', 'refs/astraforge/checkpoints/1', finalised);

    await workspace.deliver({ messageId: 'r1', kind: 'reset', commit: finalised });
    await workspace.deliver(testTurn('m2', 'x'));
    const second = await watchTurn(workspace, first.seen);

    expect(dataOf(second.seen, 'command.done')).toEqual([{ messageId: 'r1', ok: true, error: null }]);
    expect(second.end.status).toBe('completed');
    expect(door.git('log', '--format=%s', `${commit}..${second.end.tipCommit ?? ''}`)).toBe('astraforge: work tree\nfinalised');
    expect(door.git('show', `${second.end.tipCommit ?? ''}:log.txt`)).toBe('line\nline');
    expect(textOf(second.seen, 'agent.delta')).toContain('finalised');
  });

  it('begins no turn and saves nothing while its checkout did not get to its commit', async () => {
    const workspace = await open('echo x > work.txt');
    await workspace.deliver({ messageId: 'r1', kind: 'reset', commit: '0'.repeat(40) });
    await workspace.deliver({ messageId: 'v1', kind: 'save' });
    await workspace.deliver(testTurn('m1', 'x'));
    const astray = await watchTurn(workspace);

    await workspace.deliver({ messageId: 'r2', kind: 'reset', commit });
    await workspace.deliver(testTurn('m2', 'x'));
    const moved = await watchTurn(workspace, astray.seen);

    const dones = dataOf(moved.seen, 'command.done').map(({ messageId, ok }) => [messageId, ok]);
    expect(dones).toEqual([
      ['r1', false],
      ['v1', false],
      ['r2', true],
    ]);
    expect(astray.end).toMatchObject({ status: 'failed', reason: 'place-lost', tipCommit: null });
    expect(astray.end.error).toContain('did not get to where the turn begins');
    expect(moved.end).toMatchObject({ status: 'completed', error: null });
    expect(door.git('show', `${moved.end.tipCommit ?? ''}:work.txt`)).toBe('x');
  });

  it('leaves a place alone in which nobody has worked since it was made of that commit, and lays one out again where somebody has', async () => {
    const workspace = await open('cat a.txt; echo mine > a.txt', { setup: 'echo set up > a.txt' });
    await workspace.deliver({ messageId: 'r1', kind: 'reset', commit });
    await workspace.deliver(testTurn('m1', 'x'));
    const first = await watchTurn(workspace);

    await workspace.deliver({ messageId: 'r2', kind: 'reset', commit });
    await workspace.deliver(testTurn('m2', 'x'));
    const second = await watchTurn(workspace, first.seen);

    expect(dataOf(second.seen, 'command.done')).toMatchObject([
      { messageId: 'r1', ok: true },
      { messageId: 'r2', ok: true },
    ]);
    expect(textOf(second.seen, 'agent.delta')).toBe('set up\nhello\n');
  });

  it('waits for a gateway that is away when the turn ends', async () => {
    const workspace = await open('sleep 1; echo x > late.txt');
    await workspace.deliver(testTurn('m1', 'x'));
    await watchUntil(workspace, nothingSeen, ({ type }) => type === 'turn.started');

    await door.stop();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await door.restart();
    const { end } = await watchTurn(workspace);

    expect(end).toMatchObject({ status: 'completed', error: null });
    expect(door.git('show', `${end.tipCommit ?? ''}:late.txt`)).toBe('x');
  });
});

describe('submodules', () => {
  it('are read where the gateway says, those that may be; the others are named with their reason', async () => {
    door.git('clone', '--quiet', '--bare', '.', join(door.repository, '..', 'library.git'));
    const named =
      '[submodule "lib"]\n\tpath = lib\n\turl = https://forge.example/lib.git\n[submodule "other"]\n\tpath = other\n\turl = ../o\n';
    const tip = door.commit({ '.gitmodules': named }, { lib: commit });
    door.submodules = [
      { name: 'lib', path: 'lib', url: '/git/library.git', reason: null },
      { name: 'other', path: 'other', url: null, reason: 'not listed' },
    ];
    const checkout = { ref: 'refs/heads/main', commit: tip, baseCommit: tip };
    const workspace = await open('git submodule --quiet update --init lib && cat lib/a.txt', { checkout });

    await workspace.deliver(testTurn('m1', 'x'));
    const { seen, end } = await watchTurn(workspace);

    expect(textOf(seen, 'agent.delta')).toBe('hello\n');
    expect(end).toMatchObject({ status: 'completed', tipCommit: tip });
    expect(dataOf(seen, 'warning').map(({ message }) => message)).toContain('submodule other cannot be read: not listed');
  });
});

describe('a workspace that does not get ready', () => {
  it('ends its turn with the reason: setup that fails', async () => {
    const workspace = await open('true', { setup: 'echo trying; exit 4' });
    await workspace.deliver(testTurn('m1', 'x'));

    const { seen, end } = await watchTurn(workspace);

    expect(end).toMatchObject({ status: 'failed', reason: 'setup-failed' });
    expect(end.error).toContain('exit code 4');
    expect(textOf(seen, 'setup.output')).toBe('trying\n');
  });

  it('ends its turn with the reason: a commit that the repository does not have', async () => {
    const missing = '1'.repeat(40);
    const workspace = await open('true', { checkout: { ref: 'refs/heads/main', commit: missing, baseCommit: missing } });
    await workspace.deliver(testTurn('m1', 'x'));

    const { end } = await watchTurn(workspace);

    expect(end).toMatchObject({ status: 'failed', reason: 'repository', tipCommit: null });
  });

  it('lets an interrupt overtake a setup that hangs, and stops when told', async () => {
    const workspace = await open('true', { setup: 'sleep 600' });
    await workspace.deliver(testTurn('m1', 'x'));

    await workspace.deliver({ messageId: 'i1', kind: 'interrupt' });
    const { end } = await watchTurn(workspace);
    await workspace.deliver({ messageId: 'q1', kind: 'stop' });
    const rest: string[] = [];
    for await (const { lines } of workspace.tail(0, AbortSignal.timeout(20_000))) rest.push(...lines);

    expect(end).toMatchObject({ status: 'interrupted', reason: null, tipCommit: null });
    expect(await workspace.state()).toMatchObject({ status: 'exited', exitCode: 0 });
  });
});

describe('a supervisor whose port another program has', () => {
  it('ends with that before it said that it listens', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'af-taken-'));
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const at = (name: string) => join(folder, name);
    const place = {
      ...insidePlace({ disk: 'watch', codexPath: null, memoryEventsFile: null, pidsEventsFile: null, bwrapPath: '' }),
      ...{ privateDir: folder, gitDir: at('git'), checkoutDir: at('work'), homeDir: at('home'), attachmentsDir: at('attachments') },
      relayPort: (other.address() as AddressInfo).port,
    };
    let listens = false;
    const onListening = async () => void (listens = true);

    const life = runSupervisor({ place, job: testJob(commit, { executor: { name: 'none' } }), runToken: 'token', onListening });

    await expect(life).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(listens).toBe(false);
    other.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('attachments', () => {
  it('lie outside the checkout under a harmless name', async () => {
    door.artifacts.set('art-1', Buffer.from('attached words'));
    const workspace = await open('cat; echo; find /home/agent/attachments -type f; cat /home/agent/attachments/*/*');
    const file = { type: 'attachment' as const, artifactId: 'art-1', name: '../../etc/no tes.txt', mediaType: 'text/plain' };
    await workspace.deliver(testTurn('m1', 'x', { input: [{ type: 'text', text: 'look' }, file] }));

    const { seen, end } = await watchTurn(workspace);

    expect(textOf(seen, 'agent.delta')).toContain('/home/agent/attachments/art-1/no tes.txt');
    expect(textOf(seen, 'agent.delta')).toContain('attached words');
    expect(end.tipCommit).toBe(commit);
  });

  it('come again with the next turn where they were not steered into the one before', async () => {
    door.artifacts.set('art-2', Buffer.from('attached words'));
    const workspace = await open('sleep 1; cat /home/agent/attachments/*/* || true');
    const input = [{ type: 'attachment' as const, artifactId: 'art-2', name: 'notes.txt', mediaType: 'text/plain' }];
    await workspace.deliver(testTurn('m1', 'x'));
    await workspace.deliver({ messageId: 's1', kind: 'steer', input });
    const first = await watchTurn(workspace);

    await workspace.deliver(testTurn('m2', 'x', { input }));
    const second = await watchTurn(workspace, first.seen);

    expect(dataOf(second.seen, 'message.queued')).toMatchObject([{ messageId: 's1' }]);
    expect(second.end).toMatchObject({ status: 'completed', error: null });
    expect(textOf(second.seen, 'agent.delta')).toContain('attached words');
  });
});
