import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { exitWords } from '../exit-words.ts';
import type { AgentProcess } from '../agent-process.ts';
import { killGroup } from '../kill-group.ts';
import type { AgentContext, AgentDriver, AgentInput, AgentTurn, RunningTurn, TurnEnd } from '../port.ts';
import { writeInside } from '../write-inside.ts';

const maxLastMessageChars = 65_536;

/**
 * Runs any CLI that edits files: the prompt comes on its stdin and lies in the file that ASTRAFORGE_PROMPT_FILE names. Standard
 * output becomes the agent's message, standard error a command's output. It has no session and cannot be steered.
 */
export function createCommandDriver(context: AgentContext, command: string): AgentDriver {
  let child: AgentProcess | null = null;
  let forcedEnd: TurnEnd | null = null;

  async function startTurn(turn: AgentTurn): Promise<RunningTurn> {
    const turnId = randomUUID();
    const prompt = promptText(turn.input);
    const promptName = join('.astraforge', `prompt-${turnId}.txt`);
    await writeInside(context.homeDir, promptName, prompt);
    forcedEnd = null;
    const started = context.spawn(['/bin/sh', '-c', command], {
      readOnlyCheckout: turn.mode !== 'work',
      env: {
        ASTRAFORGE_PROMPT_FILE: join(context.homeDir, promptName),
        ASTRAFORGE_MODEL: turn.model ?? context.model,
        ASTRAFORGE_MODE: turn.mode,
        OPENAI_BASE_URL: `${context.relayUrl}/v1`,
        OPENAI_API_KEY: 'astraforge',
      },
    });
    child = started;
    // A program that does not read its stdin closes it: that is its right.
    started.stdin.on('error', () => undefined);
    started.stdin.end(prompt);
    const ended = follow(context, started, turnId).then((end) => {
      child = null;
      return forcedEnd ?? end;
    });
    return { turnId, ended };
  }

  return {
    threadId: () => null,
    warm: async () => undefined,
    restore: async () => undefined,
    startTurn,
    steer: async () => ({ steered: false, reason: 'this agent takes messages between turns only' }),
    answer: () => false,
    hasOpenQuestion: () => false,
    async interrupt() {
      forcedEnd = { status: 'interrupted', lastMessage: '', reason: null, error: null };
      if (child) killGroup(child, 'SIGTERM');
    },
    kill(end) {
      forcedEnd = end;
      if (child) killGroup(child, 'SIGKILL');
    },
    sessionFile: async () => null,
  };
}

/** Words and file names in one text, in order. */
function promptText(input: readonly AgentInput[]): string {
  return input
    .map((item) => (item.type === 'text' ? item.text : `Attached file "${item.name}" (${item.mediaType}): ${item.path}`))
    .join('\n\n');
}

async function follow(context: AgentContext, child: AgentProcess, turnId: string): Promise<TurnEnd> {
  let said = '';
  const stdout = new StringDecoder('utf8');
  const stderr = new StringDecoder('utf8');
  child.stdout.on('data', (chunk: Buffer) => {
    context.activity();
    const text = stdout.write(chunk);
    said = (said + text).slice(-maxLastMessageChars);
    if (text) context.emit('agent.delta', { itemId: turnId, text });
  });
  child.stderr.on('data', (chunk: Buffer) => {
    context.activity();
    const text = stderr.write(chunk);
    if (text) context.emit('command.output', { itemId: `${turnId}-stderr`, text });
  });
  const exit = await new Promise<{ code: number | null; signal: string | null; failure: string | null }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, failure: messageOf(error) }));
    child.on('close', (code, signal) => resolve({ code, signal, failure: null }));
  });
  if (said) context.emit('agent.message', { itemId: turnId, text: said });
  if (exit.code === 0) return { status: 'completed', lastMessage: said, reason: null, error: null };
  const how = exit.failure ?? exitWords(exit);
  const refused = context.modelRefused();
  return { status: 'failed', lastMessage: said, reason: refused ? 'model-refused' : 'agent-exit', error: `the agent ${how}` };
}
