import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SupervisorEventType } from '../../../workflows/contracts/events.ts';
import type { AgentContext, AgentDriver, AgentTurn } from '../port.ts';
import { createCodexDriver } from './driver.ts';

const turn: AgentTurn = { messageId: 'm1', mode: 'work', input: [], model: null, effort: null, outputSchema: null, reviewBranch: null };

/** Answers `initialize`, `thread/start` and `turn/start` as app-server does, then runs `rest`. */
const greets = (rest: string) => `
  const send = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, result, error } = JSON.parse(line);
    if (method === 'initialize') send({ id, result: {} });
    if (method === 'thread/start') send({ id, result: { thread: { id: 'thread-0001' } } });
    if (method === 'turn/start') { send({ id, result: { turn: { id: 't1' } } }); ${rest} }
    if (!method && id === 'ask') send({ method: 'turn/completed', params: { turn: { id: 't1', status: 'failed', error: { message: JSON.stringify(error ?? result) } } } });
  });`;

describe('a program that is not the Codex it should be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'af-codex-'));
  const events: { type: SupervisorEventType; data: unknown }[] = [];

  const drivers: AgentDriver[] = [];

  afterEach(() => {
    events.length = 0;
    for (const driver of drivers.splice(0)) driver.kill({ status: 'interrupted', lastMessage: '', reason: null, error: null });
    rmSync(folder, { recursive: true, force: true });
  });

  function driverOf(script: string) {
    const context: AgentContext = {
      emit: (type, data) => void events.push({ type, data }),
      spawn: () => spawn(process.execPath, ['-e', script], { stdio: 'pipe', detached: true }),
      activity: () => undefined,
      homeDir: folder,
      checkoutDir: folder,
      relayUrl: 'http://127.0.0.1:1',
      codexPath: 'codex',
      model: 'm',
      outputBytes: 64 * 1024,
      modelRefused: () => false,
    };
    const driver = createCodexDriver(context);
    drivers.push(driver);
    return driver;
  }

  async function endOf(script: string) {
    const { ended } = await driverOf(script).startTurn(turn);
    return ended;
  }

  it.each([
    ['exits', greets('process.stderr.write("boom"); process.exit(3)'), 'agent-exit', /exit code 3.*boom/],
    ['is killed', greets('process.kill(process.pid, "SIGKILL")'), 'agent-exit', /SIGKILL/],
    ['prints garbage', greets('for (let i = 0; i < 50; i++) console.log("<<<>>>", i)'), 'agent-garbage', /not its protocol/],
    [
      'prints a flood',
      greets('setInterval(() => send({ method: "skills/changed", params: "x".repeat(50000) }), 1)'),
      'agent-output-limit',
      /more than it may/,
    ],
  ])('ends the turn with the reason when it %s', async (_, script, reason, error) => {
    const end = await endOf(script);

    expect(end).toMatchObject({ status: 'failed', reason, error: expect.stringMatching(error) });
  });

  it('fails the start of a turn when it never speaks the protocol', async () => {
    await expect(endOf('console.log("hello"); process.exit(0)')).rejects.toMatchObject({ code: 'agent-garbage' });
  });

  it('tells a failed turn from a failed program', async () => {
    const end = await endOf(
      greets(`send({ method: 'turn/completed', params: { turn: { id: 't1', status: 'failed', error: { message: 'model away' } } } })`),
    );

    expect(end).toMatchObject({ status: 'failed', reason: 'agent-error', error: 'model away' });
  });

  it.each([
    ['allows a command inside the sandbox', 'item/commandExecution/requestApproval', '{"decision":"accept"}'],
    ['allows a change of files', 'item/fileChange/requestApproval', '{"decision":"accept"}'],
    ['refuses what it does not know', 'item/something/new', '{"code":-32601,"message":"method not found: item/something/new"}'],
  ])('answers a request so that nothing hangs: %s', async (_, method, answer) => {
    const end = await endOf(greets(`send({ id: 'ask', method: '${method}', params: {} })`));

    expect(end.error).toBe(answer);
  });
});
