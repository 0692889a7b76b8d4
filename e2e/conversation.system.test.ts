import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { unwrap, uploadAttachment } from '../api/client/index.ts';
import { amend, answer, cancel, dataOf, decide, merge, patchOf, processesWith } from './harness/people.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';

// @rooms workflows activities workspace api forges

/** The `command` agent of this system: keeps what it was told, and lays beside it what was attached and where that lay. */
const command = [
  'cat > prompt.txt',
  `file=$(sed -n 's/^Attached file ".*" ([^)]*): //p' prompt.txt)`,
  'if [ -n "$file" ]; then cp "$file" attached.bin; echo "$file" > attached-at.txt; fi',
  'if grep -q take-your-time prompt.txt; then sleep 8; fi',
  'if grep -q take-half-a-minute prompt.txt; then sleep 30; fi',
].join('\n');

const sample = { 'README.md': '# sample\n' };
const noReview = { review: false };
let system: TestSystem;

beforeAll(async () => {
  system = await TestSystem.open({ EXECUTOR_COMMAND: command });
}, 180_000);

afterAll(async () => {
  await system?.close();
});

/** A request with a script of its own on a fresh repository. */
async function scripted(script: string, settings = {}) {
  const project = await system.project(sample, { ...noReview, ...settings });
  return { requestId: await system.submit(project.projectId, 'do as scripted', { script }), repository: project.repositoryUrl };
}

async function show(repository: string, branch: string | undefined, path: string): Promise<string> {
  return git(repository, 'show', `${branch}:${path}`);
}

function withdraw(requestId: string, messageId: string) {
  return system.client.DELETE('/api/requests/{requestId}/messages/{messageId}', { params: { path: { requestId, messageId } } });
}

/** A file of a run as a browser gets it; null when there is none. */
async function blob(runId: string, path: string, side: 'base' | 'head' = 'head'): Promise<string | null> {
  const { data, response } = await system.client.GET('/api/runs/{runId}/blob', {
    params: { path: { runId }, query: { path, side } },
    parseAs: 'text',
  });
  return response.status === 404 ? null : (data ?? '');
}

describe('a chat', () => {
  it('during a turn is steered into it, the answer says so, and the agent does it in the same turn', async () => {
    const { requestId, repository } = await scripted("- run: 'sleep 6'\n- write: { path: done.txt, content: done }");
    await system.event(requestId, 'command.started');

    const sent = await system.chat(requestId, 'Also add a changelog line "Told on the way".');

    expect(sent).toMatchObject({ state: 'delivered', disposition: 'steered' });
    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    expect(dataOf(events, 'turn.completed')).toHaveLength(1);
    expect(dataOf(events, 'message.steered')).toEqual([{ messageId: sent.messageId }]);
    expect(dataOf(events, 'agent.message').map(({ text }) => text)).toContainEqual(expect.stringContaining('read your new message'));
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await show(repository, mergeRequest?.branch, 'CHANGELOG.md')).toContain('Told on the way');
    expect(await show(repository, mergeRequest?.branch, 'done.txt')).toBe('done');
  });

  it('that the running agent cannot take is queued and becomes a follow-up run', async () => {
    const project = await system.project(sample, noReview);
    const requestId = await system.submit(project.projectId, 'take-your-time', { executor: 'command' });
    await system.event(requestId, 'turn.started');

    const sent = await system.chat(requestId, 'one more thing');

    expect(sent).toMatchObject({ state: 'delivered', disposition: 'queued' });
    const { messages, gate } = await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    assertDense(events);
    expect(dataOf(events, 'run.started').map(({ purpose }) => purpose)).toEqual(['implement', 'follow-up']);
    expect(messages.find(({ messageId }) => messageId === sent.messageId)?.disposition).toBe('carried');
    expect(dataOf(events, 'gate.opened')).toHaveLength(1);
    await decide(system, requestId, 'approve', gate?.subject.id ?? '');
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await show(project.repositoryUrl, mergeRequest?.branch, 'prompt.txt')).toMatch(/^one more thing\n\nProject: /);
  });

  it('that waits for the next run is withdrawn: no run carries it, and the log says so', async () => {
    const project = await system.project(sample, noReview);
    const requestId = await system.submit(project.projectId, 'take-half-a-minute', { executor: 'command' });
    await system.event(requestId, 'turn.started');
    const { messageId, disposition } = await system.chat(requestId, 'one more thing');

    await unwrap(withdraw(requestId, messageId));
    const again = await withdraw(requestId, messageId);

    expect([disposition, again.response.status, again.error?.code]).toEqual(['queued', 409, 'message-not-waiting']);
    const { messages } = await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    expect(dataOf(events, 'message.withdrawn')).toEqual([{ messageId, by: 'Owner' }]);
    expect(dataOf(events, 'run.started').map(({ purpose }) => purpose)).toEqual(['implement']);
    expect(messages.map((message) => message.disposition)).toEqual(['carried', 'withdrawn']);
  });

  it('that comes after the turn, while the checks run, becomes a follow-up run before the gate', async () => {
    const checks = [{ name: 'slow', command: 'sleep 4' }];
    const { requestId, repository } = await scripted('- write: { path: first.txt, content: one }', { checks });
    await system.event(requestId, 'check.started');

    await system.chat(requestId, 'Add a changelog line "Told too late".');

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    expect(dataOf(events, 'run.started').map(({ purpose }) => purpose)).toEqual(['implement', 'follow-up']);
    expect(dataOf(events, 'gate.opened')).toHaveLength(1);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await show(repository, mergeRequest?.branch, 'CHANGELOG.md')).toContain('Told too late');
    expect(await show(repository, mergeRequest?.branch, 'first.txt')).toBe('one');
  });

  it('after the merge request resumes the session in the idle workspace; its checkpoint has a gate and updates the merge request; then merge', async () => {
    const { requestId, repository } = await scripted('- write: { path: first.txt, content: one }');
    const first = await system.reach(requestId, 'PATCH_READY');
    await system.approve(requestId);
    const opened = (await system.reach(requestId, 'MR_OPENED')).mergeRequest;

    await system.chat(requestId, 'Add a changelog line "Afterwards".');

    const second = await system.reach(requestId, 'PATCH_READY');
    expect(second.checkpoint?.commit).not.toBe(first.checkpoint?.commit);
    expect(second.gate?.gateId).not.toBe(first.gate?.gateId);
    expect(second.gate).toMatchObject({ status: 'open', subject: { kind: 'commit', id: second.checkpoint?.commit }, decisions: [] });
    await system.approve(requestId);
    const updated = (await system.reach(requestId, 'MR_OPENED')).mergeRequest;
    expect(updated).toEqual({ ...opened, commit: second.checkpoint?.commit });
    const events = await system.events(requestId);
    // One place and one conversation for both turns.
    expect(dataOf(events, 'workspace.ready')).toHaveLength(1);
    expect(dataOf(events, 'turn.completed')).toHaveLength(2);
    expect(new Set(dataOf(events, 'turn.completed').map(({ threadId }) => threadId)).size).toBe(1);
    expect(dataOf(events, 'merge-request.updated')).toHaveLength(1);
    expect(await git(repository, 'rev-parse', `refs/heads/${updated?.branch}`)).toBe(second.checkpoint?.commit);

    await merge(system, requestId, updated?.commit ?? '');

    expect(await system.reach(requestId, 'DONE')).toMatchObject({ outcome: 'merged', mergeRequest: { state: 'merged' } });
    expect(await show(repository, 'main', 'first.txt')).toBe('one');
    expect(await show(repository, 'main', 'CHANGELOG.md')).toContain('Afterwards');
  });
});

describe('remarks on lines of the diff', () => {
  it('reach the agent with their places, and show the commit that answered them', async () => {
    const project = await system.project(sample, noReview);
    const requestId = await system.submit(project.projectId, 'first', { executor: 'command' });
    const first = await system.reach(requestId, 'PATCH_READY');
    const commit = first.checkpoint?.commit ?? '';
    const remarks = [{ path: 'prompt.txt', side: 'new' as const, startLine: 1, endLine: 2, body: 'Say it\nlouder.' }];
    const params = { path: { requestId } };

    await unwrap(
      system.client.POST('/api/requests/{requestId}/messages', { params, body: { kind: 'amend', subjectId: commit, remarks, text: '' } }),
    );
    const second = await system.reach(requestId, 'PATCH_READY');

    const runIds = second.runs.map(({ runId }) => runId);
    const [before, after] = await Promise.all(runIds.map((runId) => blob(runId, 'prompt.txt')));
    const between = { path: { runId: runIds[1] ?? '' }, query: { against: runIds[0] } };
    const changed = await unwrap(system.client.GET('/api/runs/{runId}/diff', { params: between }));
    expect(before).toMatch(/^first\n/);
    expect(after).toContain(`Remarks on your changes (${commit}):\n\n"prompt.txt", lines 1-2:\n  Say it\n  louder.`);
    expect(changed).toMatchObject({ files: [{ path: 'prompt.txt', status: 'modified' }] });
    expect(second.messages.at(-1)).toMatchObject({
      kind: 'amend',
      body: '',
      remarks,
      subjectId: commit,
      answeredBy: second.checkpoint?.commit,
    });
    expect((await blob(runIds[1] ?? '', 'README.md', 'base')) ?? '').toBe(sample['README.md']);
    expect(await blob(runIds[1] ?? '', 'prompt.txt', 'base')).toBeNull();
  });
});

describe('the agent’s question', () => {
  it('blocks the request until a person answers, then the same turn goes on', async () => {
    const script = "- ask: { question: 'Which colour?', options: [red, blue] }\n- write: { path: done.txt, content: done }";
    const { requestId } = await scripted(script);
    const blocked = await system.reach(requestId, 'BLOCKED');
    const { awaiting } = blocked;
    const question = awaiting?.questions[0];
    expect(awaiting).toMatchObject({ kind: 'answer', reason: 'agent-question' });
    expect(question).toMatchObject({ question: 'Which colour?', options: [{ label: 'red' }, { label: 'blue' }] });

    await answer(system, requestId, awaiting?.questionId ?? '', { [question?.id ?? '']: ['blue'] });

    while ((await system.detail(requestId)).stage === 'BLOCKED') await new Promise((resolve) => setTimeout(resolve, 50));
    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    expect(dataOf(events, 'turn.started')).toHaveLength(1);
    expect(Object.values(dataOf(events, 'question.answered')[0]?.answers ?? {})).toEqual([['blue']]);
  });
});

describe('a request whose project allows too few tokens', () => {
  it('blocks with that reason and what to do, and goes on once more are allowed', async () => {
    const project = await system.project(sample, { ...noReview, tokenBudget: 1000 });
    const script = '- write: { path: done.txt, content: done }';
    const requestId = await system.submit(project.projectId, 'do as scripted', { script });
    const { awaiting } = await system.reach(requestId, 'BLOCKED');

    const params = { path: { projectId: project.projectId } };
    await unwrap(system.client.PATCH('/api/projects/{projectId}', { params, body: { settings: { tokenBudget: 10_000_000 } } }));
    await unwrap(system.client.POST('/api/requests/{requestId}/retry', { params: { path: { requestId } }, body: { comment: '' } }));

    await system.until('the request goes on', async () => (await system.detail(requestId)).stage !== 'BLOCKED');
    await system.reach(requestId, 'PATCH_READY');
    expect(awaiting).toMatchObject({ kind: 'retry', reason: 'model-refused' });
    expect(awaiting?.message).toMatch(
      /^The gateway refused the model call: this request has used 0 of the 1,000 tokens .* Raise tokenBudget/,
    );
  });
});

describe('plan first', () => {
  it('waits at a gate of its own, is amended by chat, and after approval becomes the patch', async () => {
    const project = await system.project(sample, noReview);
    const requestId = await system.submit(project.projectId, 'Add a changelog line "First".', { planFirst: true });
    const planned = await system.reach(requestId, 'PLAN_READY');
    expect(planned.gate).toMatchObject({ status: 'open', subject: { kind: 'plan' } });

    await system.chat(requestId, 'Also add a changelog line "Second".');
    const amended = await system.reach(requestId, 'PLAN_READY');

    expect(amended.gate?.subject.id).not.toBe(planned.gate?.subject.id);
    expect(amended.checkpoint).toBeNull();
    await expect(decide(system, requestId, 'approve', planned.gate?.subject.id ?? '')).rejects.toMatchObject({ code: 'stale-checkpoint' });
    await system.approve(requestId);
    await system.reach(requestId, 'PATCH_READY');
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    const changelog = await show(project.repositoryUrl, mergeRequest?.branch, 'CHANGELOG.md');
    expect(changelog).toContain('First');
    expect(changelog).toContain('Second');
    expect(dataOf(await system.events(requestId), 'run.started').map(({ purpose }) => purpose)).toEqual(['plan', 'plan', 'implement']);
  });
});

describe('cancel in mid-turn', () => {
  it('ends the request, and every process of its sandbox is gone within ten seconds', async () => {
    const { requestId } = await scripted("- run: '(setsid sleep 421764 &); sleep 421765'");
    await system.event(requestId, 'command.started');
    // What the agent started, also in a session of its own, and the sandbox around it.
    const sandbox = [/^sleep 421764/, /^sleep 421765/, new RegExp(`${requestId}-1-a1`)];
    const count = async () => (await Promise.all(sandbox.map(processesWith))).map((pids) => pids.length);
    while (!(await count()).every((found) => found > 0)) await new Promise((resolve) => setTimeout(resolve, 100));

    await cancel(system, requestId);

    const deadline = Date.now() + 10_000;
    while ((await count()).some((found) => found > 0) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await count()).toEqual([0, 0, 0]);
    expect(await system.reach(requestId, 'CANCELLED')).toMatchObject({ outcome: 'cancelled', mergeRequest: null });
    expect(dataOf(await system.events(requestId), 'run.ended')).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('what the agent leaves', () => {
  it('without a change ends as done, without a merge request', async () => {
    const { requestId, repository } = await scripted('- say: There is nothing to do.');

    expect(await system.reach(requestId, 'DONE')).toMatchObject({ outcome: 'no-changes', mergeRequest: null, gate: null });
    expect(await git(repository, 'branch', '--format=%(refname:short)')).toBe('main');
  });

  it('is diffed against the base although it deleted .git', async () => {
    const { requestId, repository } = await scripted("- run: 'rm -rf .git; echo kept > kept.txt; rm README.md'");

    const { checkpoint, status } = await system.reach(requestId, 'PATCH_READY');

    expect(checkpoint?.stat).toMatchObject({ files: 2, insertions: 1, deletions: 1 });
    expect(await patchOf(system, status?.lastRunId ?? '')).toContain('+kept');
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'ls-tree', '--name-only', mergeRequest?.branch ?? '')).toBe('kept.txt');
    expect(await git(repository, 'merge-base', 'main', mergeRequest?.branch ?? '')).toBe(await git(repository, 'rev-parse', 'main'));
  });

  it('keeps its own commits in the branch of the merge request, with the rest on top', async () => {
    const { requestId, repository } = await scripted(`
- run: 'echo 1 > one.txt; git add one.txt; git -c user.name=Agent -c user.email=agent@localhost commit -qm "First own step"'
- run: 'echo 2 > two.txt; git add two.txt; git -c user.name=Agent -c user.email=agent@localhost commit -qm "Second own step"'
- run: 'echo 3 > three.txt'
`);
    await system.reach(requestId, 'PATCH_READY');

    await system.approve(requestId);

    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    const subjects = (await git(repository, 'log', '--reverse', '--format=%s', `main..${mergeRequest?.branch}`)).split('\n');
    expect(subjects.slice(0, 2)).toEqual(['First own step', 'Second own step']);
    expect(subjects).toHaveLength(3);
    expect(await show(repository, mergeRequest?.branch, 'three.txt')).toBe('3');
  });

  it('in a folder without git is a patch to download that applies, and the request is done', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'af-folder-'));
    try {
      await writeFile(join(folder, 'a.txt'), 'old\n');
      const body = { name: 'plain-folder', repositoryUrl: folder, repositoryKind: 'folder' as const, forge: 'local', settings: noReview };
      const project = await unwrap(system.client.POST('/api/projects', { body }));
      const script = "- run: 'echo new > a.txt; mkdir sub; echo more > sub/b.txt'";
      const requestId = await system.submit(project.projectId, 'change it', { script });
      const { status } = await system.reach(requestId, 'PATCH_READY');

      const patch = await patchOf(system, status?.lastRunId ?? '');
      await system.approve(requestId);

      expect(await system.reach(requestId, 'DONE')).toMatchObject({ outcome: 'patch', mergeRequest: null });
      expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('old\n');
      expect(await patchOf(system, status?.lastRunId ?? '')).toBe(patch);
      await execa('git', ['apply', '-'], { cwd: folder, input: patch });
      expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('new\n');
      expect(await readFile(join(folder, 'sub/b.txt'), 'utf8')).toBe('more\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('a rejected checkpoint', () => {
  it('blocks until it is amended; the next one has a gate of its own, and a decision on the old one is refused', async () => {
    const { requestId } = await scripted('- write: { path: first.txt, content: one }');
    const first = await system.reach(requestId, 'PATCH_READY');
    const old = first.gate?.subject.id ?? '';

    await decide(system, requestId, 'reject', old, 'not like this');

    expect((await system.reach(requestId, 'BLOCKED')).awaiting).toMatchObject({ kind: 'retry', reason: 'rejected' });
    await amend(system, requestId, old, 'Add a changelog line "Amended".');
    while ((await system.detail(requestId)).stage === 'BLOCKED') await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await system.reach(requestId, 'PATCH_READY');
    expect(second.gate?.subject.id).not.toBe(old);
    await expect(decide(system, requestId, 'approve', old)).rejects.toMatchObject({ status: 409, code: 'stale-checkpoint' });
    expect((await system.detail(requestId)).gate).toMatchObject({ status: 'open', decisions: [] });
    await system.approve(requestId);
    await system.reach(requestId, 'MR_OPENED');
  });
});

describe('a prompt of one megabyte', () => {
  it('arrives byte for byte, and its attachment lies outside the checkout', async () => {
    const head = `--help -rf "quoted" 'single' \`back\` $(touch owned) \\ 🦊 é\r\n\ttab\n-- \n`;
    const line = '0123456789abcdéf 🦊 "x" \n';
    const room = 1024 * 1024 - Buffer.byteLength(head);
    const lines = line.repeat(Math.floor(room / Buffer.byteLength(line)));
    const prompt = head + lines + 'x'.repeat(room - Buffer.byteLength(lines));
    const bytes = new Uint8Array(Buffer.from('PNG \u0000 not really\n\r\n'));
    const options = { baseUrl: system.system.apiUrl, token: system.system.token };
    const attachment = await uploadAttachment(options, { name: '-rf me.png', mediaType: 'image/png', bytes });
    const project = await system.project(sample, noReview);
    const attachments = [{ artifactId: attachment.artifactId, name: attachment.name, mediaType: attachment.mediaType }];
    const body = { project: project.projectId, prompt, executor: 'command', attachments };

    const { requestId } = await unwrap(system.client.POST('/api/requests', { body }));

    const { messages } = await system.reach(requestId, 'PATCH_READY');
    expect(messages[0]?.body === prompt).toBe(true);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    const read = async (path: string) => {
      const args = ['show', `${mergeRequest?.branch}:${path}`];
      return Buffer.from((await execa('git', args, { cwd: project.repositoryUrl, encoding: 'buffer', stripFinalNewline: false })).stdout);
    };
    const arrived = await read('prompt.txt');
    const sent = Buffer.from(prompt);
    expect(sent.length).toBe(1024 * 1024);
    expect(arrived.subarray(0, sent.length).equals(sent)).toBe(true);
    expect(arrived.subarray(sent.length).toString()).toMatch(/^\n\nProject: /);
    expect((await read('attached.bin')).equals(Buffer.from(bytes))).toBe(true);
    expect((await read('attached-at.txt')).toString()).not.toMatch(/^\/workspace\//);
    const files = (await git(project.repositoryUrl, 'ls-tree', '-r', '--name-only', mergeRequest?.branch ?? '')).split('\n');
    expect(files.toSorted()).toEqual(['README.md', 'attached-at.txt', 'attached.bin', 'prompt.txt']);
  });
});

describe('the setup of a project', () => {
  const setup = 'echo ran; mkdir -p deps && head -c 16 /dev/urandom | od -An -tx1 > deps/made';

  /** One request; what its setups said, of the agent's place and of that of its checks, and what the agent found. */
  async function work(projectId: string, script: string) {
    const requestId = await system.submit(projectId, 'do as scripted', { script });
    const { runs } = await system.reach(requestId, 'PATCH_READY');
    const said = dataOf(await system.events(requestId), 'setup.output').map(({ text }) => text);
    return { said: said.join(''), found: /^\+( .*)$/m.exec(await patchOf(system, runs.at(-1)?.runId ?? ''))?.[1] };
  }

  it('runs once for the same lock file, and its log says so; with the work of an agent it is always run', async () => {
    const files = { '.gitignore': 'deps/\n', 'package-lock.json': '{}\n', ...sample };
    const checks = [{ name: 'made', command: 'test -f deps/made && ! grep fooled deps/made' }];
    const { projectId } = await system.project(files, { ...noReview, setup, checks });
    const copy = "- run: 'cp deps/made copy.txt'";
    // What Git ignores survives a snapshot where it is in the commit.
    const fooling = `${copy}\n- run: 'echo fooled > deps/made && git add -f deps/made && git commit -qm made'`;

    const first = await work(projectId, copy);
    const second = await work(projectId, copy);
    const changing = await work(projectId, `${copy}\n- write: { path: package-lock.json, content: "[]" }`);
    const fooled = await work(projectId, fooling);

    const kept = /setup: what it made was kept for the next workspace as snapshot [0-9a-f]{12} \(.*\)\n/.source;
    const used = /setup: the snapshot [0-9a-f]{12} of an earlier one was used instead of running it \(.*\)\n/.source;
    expect(first.said).toMatch(new RegExp(`^ran\n${kept}ran\n$`));
    for (const { said } of [second, changing, fooled]) expect(said).toMatch(new RegExp(`^${used}ran\n$`));
    expect(first.found).toMatch(/^( [0-9a-f]{2}){16}$/);
    expect([second.found, changing.found]).toEqual([first.found, first.found]);
  });
});

describe('failing checks', () => {
  it('are given one repair turn, and their result stands on the gate', async () => {
    const files = {
      'package.json': '{"name":"sample","type":"module","scripts":{"test":"node --test"}}\n',
      'src/cart.js': 'export function withDiscount(amount, percent) {\n  return amount + (amount * percent) / 100;\n}\n',
      'test/cart.test.js':
        "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { withDiscount } from '../src/cart.js';\n\n" +
        "test('takes a discount off', () => assert.equal(withDiscount(200, 10), 180));\n",
    };
    const checks = [{ name: 'unit', command: 'node --test' }];
    const project = await system.project(files, { ...noReview, checks });

    const requestId = await system.submit(project.projectId, 'note it', { script: '- write: { path: NOTES.md, content: noted }' });

    const { gate } = await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    expect(dataOf(events, 'exec.completed').map(({ name, status }) => [name, status])).toEqual([
      ['unit', 'failed'],
      ['unit', 'passed'],
    ]);
    expect(dataOf(events, 'turn.completed')).toHaveLength(2);
    expect(gate?.checks).toMatchObject([{ name: 'unit', status: 'passed', exitCode: 0 }]);
  });

  it('that stay red after the repair turn are shown on the gate', async () => {
    const checks = [{ name: 'never', command: 'echo no; exit 3' }];
    const { requestId } = await scripted('- write: { path: NOTES.md, content: noted }', { checks });

    const { gate } = await system.reach(requestId, 'PATCH_READY');

    expect(gate?.checks).toMatchObject([{ name: 'never', status: 'failed', exitCode: 3 }]);
    expect(dataOf(await system.events(requestId), 'turn.completed')).toHaveLength(2);
  });
});
