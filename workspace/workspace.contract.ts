import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SupervisorJob } from '../workflows/contracts/supervisor.ts';
import type { Provisioner, Workspace } from './port.ts';
import { describeSetupSnapshots } from './setup-snapshots.contract.ts';
import { startTestDoor } from './testing/door.ts';
import type { TestDoor } from './testing/door.ts';
import { dataOf, nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from './testing/harness.ts';

/** What a suite needs of one kind of provisioner. */
export interface ContractSubject {
  provisioner: Provisioner;
  /** Folders and options that another process builds the same provisioner from. */
  settings: object;
  /** Cuts the event file of a workspace short, as a program inside that reached it would. */
  shortenEvents(workspaceId: string): Promise<void>;
  /** Ends the place from outside, without our knowing. */
  killPlace(workspaceId: string): Promise<void>;
  /** Its `runsDir` is the folder of the door's repository: a place begins with the objects of run `run`. */
  bringsObjects?: boolean;
  close(): Promise<void>;
}

const nasty = '-rf --help "double" \'single\' `back` $(touch /tmp/pwned) $HOME\n\\n\t* ; & | <x> ünïcödé 🚀🇩🇪 %s %00';
const run = promisify(execFile);

/**
 * Every provisioner runs this. `secondProcess` is a script that attaches to a workspace from a process of its own. `mayBomb`: the
 * kernel itself refuses an agent more processes; where it does not, a fork bomb would hit this machine. `keepsSetups`: what a setup made
 * is kept for the next workspace.
 */
export function describeProvisioner(
  name: string,
  open: (door: TestDoor) => ContractSubject,
  secondProcess: string,
  options: { mayBomb: boolean; keepsSetups: boolean } = { mayBomb: true, keepsSetups: true },
): void {
  describe(`provisioner ${name}`, () => {
    let door: TestDoor;
    let subject: ContractSubject;
    let commit: string;

    beforeAll(async () => {
      door = await startTestDoor();
      commit = door.commit({ 'a.txt': 'hello\n' });
      subject = open(door);
    });

    afterAll(async () => {
      await subject.close();
      await door.close();
    });

    /** A workspace whose agent is a shell command. */
    function make(workspaceId: string, command: string, change: Partial<SupervisorJob> = {}): Promise<Workspace> {
      const job = testJob(commit, { workspaceId, executor: { name: 'command', command }, ...change });
      return subject.provisioner.create({ job, runToken: door.runToken });
    }

    it('says what holds before anything runs', async () => {
      const probe = await subject.provisioner.probe();

      expect(probe.usable).toBe(true);
      expect(Object.keys(probe.holds)).toEqual(expect.arrayContaining(['isolation', 'network', 'memory', 'disk', 'processes']));
    });

    it.each([
      ['quotes, options, newlines and emoji', nasty],
      ['a megabyte', `-${'prompt 🚀 '.repeat(100_000)}`],
    ])('hands a prompt over byte for byte: %s', async (_, prompt) => {
      const id = `prompt-${prompt.length}`;
      const workspace = await make(id, 'cat > by-stdin.txt; cmp by-stdin.txt "$ASTRAFORGE_PROMPT_FILE" && echo same');

      await workspace.deliver(testTurn('m1', prompt));
      const { seen, end } = await watchTurn(workspace);

      expect(end).toMatchObject({ status: 'completed', reason: null });
      expect(textOf(seen, 'agent.delta')).toBe('same\n');
      const stored = end.warnings.length > 0 ? null : door.git('cat-file', 'blob', `${end.tipCommit ?? ''}:by-stdin.txt`);
      expect(stored ?? prompt.trim()).toBe(prompt.trim());
    });

    it('keeps binary files as they are and output that is no text from breaking the log', async () => {
      const workspace = await make('binary', "printf '\\000\\377\\376\\r\\n' > data.bin; cat data.bin; printf 'end'");

      await workspace.deliver(testTurn('m1', 'x'));
      const { seen, end } = await watchTurn(workspace);

      expect(textOf(seen, 'agent.delta')).toContain('end');
      expect(door.git('cat-file', '-s', `${end.tipCommit ?? ''}:data.bin`)).toBe('5');
    });

    it('has the whole history before its first turn, also where none of it may pass the door', async () => {
      door.commit({ 'old.txt': 'first\n' });
      const tip = door.commit({ 'old.txt': 'first\nsecond\n' });
      if (subject.bringsObjects) door.git('config', 'http.uploadpack', 'false');
      try {
        const checkout = { ref: 'refs/heads/main', commit: tip, baseCommit: tip };
        const workspace = await make('history', 'git log --format=%H -- old.txt; git blame -l old.txt', { runId: 'run', checkout });

        await workspace.deliver(testTurn('m1', 'x'));
        const { seen, end } = await watchTurn(workspace);

        expect(end).toMatchObject({ status: 'completed', tipCommit: tip });
        const [last, first, ...blamed] = textOf(seen, 'agent.delta').trim().split('\n');
        expect([last, first]).toEqual(door.git('log', '--format=%H', tip, '--', 'old.txt').split('\n'));
        expect(blamed.map((line) => line.split(' ')[0])).toEqual([first, last]);
      } finally {
        door.git('config', 'http.uploadpack', 'true');
      }
    });

    it('has the demo model inside, where the job says so', async () => {
      const script = `fetch(new URL('/v1/models', process.env.HTTPS_PROXY)).then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
      const workspace = await make('model', `node -e "${script}"`, { modelPlace: 'inside' });

      await workspace.deliver(testTurn('m1', 'x'));
      const { seen } = await watchTurn(workspace);

      expect(JSON.parse(textOf(seen, 'agent.delta'))).toMatchObject({ data: [{ id: 'demo' }] });
    });

    it('tells an agent that fails from one that is done, and handles a repeated delivery once', async () => {
      const workspace = await make('exit', 'echo ran >> ran.txt; read word; test "$word" = fine || exit 7');

      await workspace.deliver(testTurn('m1', 'broken'));
      await workspace.deliver(testTurn('m1', 'broken'));
      const failed = await watchTurn(workspace);
      await workspace.deliver(testTurn('m2', 'fine\n'));
      const done = await watchTurn(workspace, failed.seen);

      expect(failed.end).toMatchObject({ status: 'failed', reason: 'agent-exit', error: 'the agent exited with code 7' });
      expect(done.end).toMatchObject({ status: 'completed', reason: null });
      expect(door.git('show', `${done.end.tipCommit ?? ''}:ran.txt`)).toBe('ran\nran');
    });

    it('tells which signal ended an agent, and interrupts one that ignores them all', async () => {
      const deaf = 'trap "" TERM INT HUP QUIT; echo deaf; while :; do sleep 1; done';
      const workspace = await make('signals', `read word; test "$word" = die && kill -SEGV $$; ${deaf}`);

      await workspace.deliver(testTurn('m1', 'die\n'));
      const died = await watchTurn(workspace);
      await workspace.deliver(testTurn('m2', 'live\n'));
      const listening = await watchUntil(workspace, died.seen, ({ type }) => type === 'agent.delta');
      await workspace.deliver({ messageId: 'stop', kind: 'interrupt' });
      const { end } = await watchTurn(workspace, listening);

      expect(died.end).toMatchObject({ status: 'failed', reason: 'agent-exit', error: 'the agent was ended by SIGSEGV' });
      expect(end).toMatchObject({ status: 'interrupted', reason: null });
      expect((await workspace.state()).status).toBe('running');
    });

    it('takes 100 MB in and gives 100 MB out', async () => {
      const content = randomBytes(1024 ** 2);
      const whole = Buffer.alloc(100 * 1024 ** 2, content);
      door.artifacts.set('large', whole);
      const command = 'cp "$HOME"/attachments/*/* large.bin';
      const limits = { ...testJob(commit).limits, memoryBytes: 2 * 1024 ** 3 };
      const workspace = await make('large', command, { limits, maxFileBytes: 200 * 1024 ** 2 });

      const file = { type: 'attachment' as const, artifactId: 'large', name: 'large.bin', mediaType: 'application/octet-stream' };
      await workspace.deliver(
        testTurn('m1', 'x', { input: [{ type: 'text', text: 'x' }, file], wallClockMs: 240_000, inactivityMs: 240_000 }),
      );
      const { end } = await watchTurn(workspace, nothingSeen, 240_000);

      expect(end).toMatchObject({ status: 'completed', warnings: [] });
      const blob = createHash('sha1').update(`blob ${whole.length}\0`).update(whole).digest('hex');
      expect(door.git('rev-parse', `${end.tipCommit ?? ''}:large.bin`)).toBe(blob);
    }, 300_000);

    it('is watched and fed by any process: another one goes on at an offset', async () => {
      const workspace = await make('attach', 'cat; sleep 1; echo later');
      await workspace.deliver(testTurn('m1', 'first'));
      const seen = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');

      const input = JSON.stringify({
        settings: subject.settings,
        workspaceId: 'attach',
        offset: seen.offset,
        turn: testTurn('m2', 'second'),
      });
      const { stdout } = await run(process.execPath, [secondProcess, input], { maxBuffer: 16 * 1024 ** 2 });
      const lines = stdout.trim().split('\n');
      const whole = await watchUntil(workspace, nothingSeen, (_, all) => all.filter(({ type }) => type === 'turn.completed').length === 2);

      expect(lines.join('\n')).toContain('later');
      expect(lines).toEqual(whole.events.slice(seen.events.length).map((event) => JSON.stringify(event)));
      expect(textOf(whole, 'agent.delta')).toBe('firstlater\nsecondlater\n');
    });

    it('is not disturbed when its maker is killed: the next one adopts it in the middle of its turn', async () => {
      const job = testJob(commit, { workspaceId: 'orphan', executor: { name: 'command', command: 'echo before; sleep 3; echo after' } });
      const create = { job, runToken: door.runToken };
      const input = { settings: subject.settings, workspaceId: 'orphan', offset: 0, turn: testTurn('m1', 'x'), create };
      const maker = spawn(process.execPath, [secondProcess, JSON.stringify(input)], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(maker.stdout, 'data');
      maker.kill('SIGKILL');
      await once(maker, 'exit');

      const adopted = await subject.provisioner.adopt('orphan');
      const { seen, end } = await watchTurn(adopted ?? (await make('orphan', 'true')));

      expect(end.status).toBe('completed');
      expect(textOf(seen, 'agent.delta')).toBe('before\nafter\n');
    });

    it('adopts a living workspace instead of making a second one', async () => {
      const first = await make('adopt', 'sleep 2; echo once');
      await first.deliver(testTurn('m1', 'x'));

      const again = await make('adopt', 'echo never');
      await again.deliver(testTurn('m1', 'x'));
      const { seen } = await watchTurn(again);

      expect(textOf(seen, 'agent.delta')).toBe('once\n');
      expect(await subject.provisioner.adopt('nobody')).toBeNull();
    });

    it('keeps two workspaces apart', async () => {
      const [left, right] = await Promise.all([make('left', 'echo left > side.txt; ls'), make('right', 'echo right > side.txt; ls')]);

      // One after the other only because both push to the one repository of this test.
      await left.deliver(testTurn('m1', 'x'));
      const leftEnd = await watchTurn(left);
      await right.deliver(testTurn('m1', 'x'));
      const rightEnd = await watchTurn(right);

      expect(leftEnd.end).toMatchObject({ status: 'completed', error: null });
      expect(rightEnd.end).toMatchObject({ status: 'completed', error: null });
      expect(textOf(leftEnd.seen, 'agent.delta')).toBe('a.txt\nside.txt\n');
      expect(door.git('show', `${leftEnd.end.tipCommit ?? ''}:side.txt`)).toBe('left');
      expect(door.git('show', `${rightEnd.end.tipCommit ?? ''}:side.txt`)).toBe('right');
    });

    it('goes on from what was begun of a place, which is nobody’s until then and goes when it is not wanted', async () => {
      const { limits } = testJob(commit);
      for (const id of ['begun', 'unwanted']) await subject.provisioner.begin?.(id, limits);
      const before = await Promise.all(['begun', 'unwanted'].map((id) => subject.provisioner.adopt(id)));
      const listed = await subject.provisioner.list();

      const workspace = await make('begun', 'cat');
      await subject.provisioner.destroy('unwanted');
      await workspace.deliver(testTurn('m1', 'words'));
      const { seen, end } = await watchTurn(workspace);

      expect([...before, listed.includes('begun')]).toEqual([null, null, false]);
      expect(end).toMatchObject({ status: 'completed' });
      expect(textOf(seen, 'agent.delta')).toBe('words');
      expect(await subject.provisioner.list()).toContain('begun');
      expect(await subject.provisioner.list()).not.toContain('unwanted');
    });

    it('ends the tail when the place was killed, says so, and leaves nothing behind', async () => {
      const workspace = await make('killed', 'sleep 600');
      await workspace.deliver(testTurn('m1', 'x'));
      const started = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'turn.started');

      await subject.killPlace('killed');
      const rest: string[] = [];
      for await (const { lines } of workspace.tail(started.offset, new AbortController().signal)) rest.push(...lines);

      expect(rest.some((line) => line.includes('turn.completed'))).toBe(false);
      expect((await workspace.state()).status).toBe('exited');
      await expect(workspace.deliver(testTurn('m2', 'x'))).rejects.toMatchObject({ code: 'place-lost' });
      await subject.provisioner.destroy('killed');
      await subject.provisioner.destroy('killed');
      expect((await workspace.state()).status).toBe('gone');
      expect(await subject.provisioner.list()).not.toContain('killed');
    });

    it('leaves nothing of a place that it ends while it is made', async () => {
      const afterMs = [0, 20, 40, 60, 100, 400];
      for (const [index, ms] of afterMs.entries()) {
        const made = make(`half-made-${index}`, 'sleep 600').catch(() => null);
        await sleep(ms);
        await subject.provisioner.destroy(`half-made-${index}`);
        await made;
      }

      const left = (await subject.provisioner.list()).filter((workspaceId) => workspaceId.startsWith('half-made'));
      // One whose making had not begun to lay anything out is made in full.
      for (const workspaceId of left) await subject.provisioner.destroy(workspaceId);
      expect((await subject.provisioner.list()).filter((workspaceId) => workspaceId.startsWith('half-made'))).toEqual([]);
    });

    it('takes with it whatever the agent left running, out of its process group too', async () => {
      const seconds = `9${Date.now()}`;
      const workspace = await make('left-running', `setsid sleep ${seconds} > /dev/null 2>&1 < /dev/null & echo started`);
      await workspace.deliver(testTurn('m1', 'x'));
      await watchTurn(workspace);

      await subject.provisioner.destroy('left-running');

      const { stdout } = await run('ps', ['-eo', 'args']);
      expect(stdout.split('\n').filter((line) => line.includes(seconds))).toEqual([]);
    });

    it('notices an event file that shrank', async () => {
      const workspace = await make('shrink', 'echo words; sleep 600');
      await workspace.deliver(testTurn('m1', 'x'));
      const seen = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'agent.delta');

      await subject.shortenEvents('shrink');

      await expect(watchUntil(workspace, { ...seen, events: [] }, () => false)).rejects.toMatchObject({ code: 'tampered' });
    });

    it('ends an agent that floods its output', async () => {
      const limits = { ...testJob(commit).limits, outputBytes: 512 * 1024 };
      const workspace = await make('flood', 'yes flood', { limits });

      await workspace.deliver(testTurn('m1', 'x'));
      const { seen, end } = await watchTurn(workspace);

      expect(end).toMatchObject({ status: 'failed', reason: 'agent-output-limit' });
      expect(seen.offset).toBeLessThan(2 * 1024 ** 2);
    });

    it('ends a turn that takes too long, and one that is silent', async () => {
      const workspace = await make('slow', 'sleep 600');

      await workspace.deliver(testTurn('m1', 'x', { wallClockMs: 1_000 }));
      const slow = await watchTurn(workspace);
      await workspace.deliver(testTurn('m2', 'x', { inactivityMs: 1_000 }));
      const silent = await watchTurn(workspace, slow.seen);

      expect(slow.end).toMatchObject({ status: 'failed', reason: 'wall-clock' });
      expect(silent.end).toMatchObject({ status: 'failed', reason: 'inactivity' });
    });

    it.each([
      ['memory', 'agent-memory', `exec python3 -c "import time; kept = bytearray(600 * 1024 * 1024); time.sleep(60)"`],
      ['disk', 'agent-disk', 'head -c 400000000 /dev/zero > big.bin; sleep 60'],
      ['processes', 'agent-processes', 'for i in $(seq 160); do sleep 60 & done; sleep 60'],
      ...(options.mayBomb ? [['processes by a bomb', 'agent-processes', 'bomb() { bomb | bomb & }; bomb; sleep 60']] : []),
    ])('ends an agent that takes all the %s, and lives on itself', async (limit, reason, command) => {
      const limits = { memoryBytes: 400 * 1024 ** 2, diskBytes: 200 * 1024 ** 2, processes: 128, outputBytes: 8 * 1024 ** 2 };
      const workspace = await make(`limit-${limit.replaceAll(' ', '-')}`, command, { limits });

      await workspace.deliver(testTurn('m1', 'x'));
      const { seen, end } = await watchTurn(workspace);

      expect(end).toMatchObject({ status: 'failed', reason });
      expect(dataOf(seen, 'limit.exceeded')).toMatchObject([{ reason }]);
      expect((await workspace.state()).status).toBe('running');
    });

    it('runs checks in a workspace without an agent, each with its result', async () => {
      const job = testJob(commit, { workspaceId: 'checks', executor: { name: 'none' }, setup: 'echo prepared > ready.txt' });
      const workspace = await subject.provisioner.create({ job, runToken: door.runToken });

      await workspace.deliver({
        messageId: 'x1',
        kind: 'exec',
        timeoutMs: 1_500,
        commands: [
          { name: 'good', command: 'cat ready.txt' },
          { name: 'bad', command: 'echo no >&2; exit 3' },
          { name: 'crash', command: 'kill -SEGV $$' },
          { name: 'slow', command: 'sleep 60' },
        ],
      });
      const seen = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'command.done');

      expect(dataOf(seen, 'exec.completed')).toMatchObject([
        { messageId: 'x1', name: 'good', status: 'passed', exitCode: 0 },
        { name: 'bad', status: 'failed', exitCode: 3 },
        { name: 'crash', status: 'failed', exitCode: 139 },
        { name: 'slow', status: 'timed-out' },
      ]);
      expect(textOf(seen, 'exec.output')).toBe('prepared\nno\n');
    });

    if (options.keepsSetups) describeSetupSnapshots(() => ({ door, provisioner: subject.provisioner }));
  });
}
