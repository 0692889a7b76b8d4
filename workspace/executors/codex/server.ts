import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { FailureReason } from '../../../workflows/contracts/run.ts';
import type { AgentProcess } from '../agent-process.ts';
import { killGroup } from '../kill-group.ts';
import type { AgentContext } from '../port.ts';
import { createNarrator } from './narrator.ts';
import { TurnParams } from './protocol.ts';
import type { CodexTurn } from './protocol.ts';
import { createRpcClient } from './rpc.ts';
import type { RpcClient } from './rpc.ts';
import { createQuestions } from './questions.ts';

const maxGarbageLines = 20;
/** How long a process may take to its first answer. */
const greetingMs = 60_000;
const stderrTailChars = 500;

/** One process of `codex app-server`. */
export interface CodexServer {
  rpc: RpcClient;
  readOnlyCheckout: boolean;
  threadLoaded: boolean;
  initialized: Promise<void>;
  beginTurn(): void;
  /** A turn (or the process) may end before the answer that names the turn was read: hands its end over again. */
  replayCompleted(turnId: string): void;
  lastMessage(): string;
  answer(questionId: string, answers: Record<string, string[]>): boolean;
  hasOpenQuestion(): boolean;
  kill(): void;
}

interface ServerOptions {
  child: AgentProcess;
  readOnlyCheckout: boolean;
  onTurnCompleted(turn: CodexTurn, lastMessage: string): void;
  /** The process ended or stopped speaking the protocol; called once, never after `kill`. */
  onDown(reason: FailureReason, error: string): void;
}

/** Speaks to a started app-server: notifications become events, its questions are kept open, everything else it asks is answered. */
export function startServer(context: AgentContext, options: ServerOptions): CodexServer {
  const { child } = options;
  const completed = new Map<string, CodexTurn>();
  const narrator = createNarrator(context.emit);
  let garbage = 0;
  let bytes = 0;
  let down = false;
  let failure: { reason: FailureReason; error: string } | null = null;

  function fail(reason: FailureReason, error: string): void {
    if (down) return;
    down = true;
    clearTimeout(greeting);
    failure = { reason, error };
    killGroup(child, 'SIGKILL');
    rpc.close(reason, error);
    options.onDown(reason, error);
  }

  const rpc: RpcClient = createRpcClient(child.stdout, child.stdin, {
    onBytes(count) {
      context.activity();
      bytes += count;
      if (bytes > context.outputBytes * 4) fail('agent-output-limit', 'the agent printed more than it may');
    },
    onGarbage(line) {
      garbage += 1;
      if (garbage === 1)
        context.emit('warning', { message: `the agent printed a line that is not of its protocol: ${line.slice(0, 200)}` });
      if (garbage > maxGarbageLines) fail('agent-garbage', 'the agent prints what is not its protocol');
    },
    onNotification(method, params, emittedAtMs) {
      narrator.tell(method, params, emittedAtMs);
      if (method === 'serverRequest/resolved') questions.forget(params);
      if (method === 'turn/completed') finish(params);
    },
    onRequest: (id, method, params) => questions.take(id, method, params),
  });
  const questions = createQuestions(context.emit, rpc);

  function finish(params: unknown): void {
    const turn = TurnParams.safeParse(params).data?.turn;
    if (!turn) return;
    questions.clear();
    completed.set(turn.id, turn);
    options.onTurnCompleted(turn, narrator.lastMessage());
  }

  const greeting = setTimeout(() => {
    fail(garbage > 0 ? 'agent-garbage' : 'agent-exit', 'the agent did not answer after its start');
  }, greetingMs);

  followEnd(child, context.activity, (how) => fail(garbage > 0 && !rpc.spoke() ? 'agent-garbage' : 'agent-exit', how));

  return {
    rpc,
    readOnlyCheckout: options.readOnlyCheckout,
    threadLoaded: false,
    initialized: greet(rpc).then(() => clearTimeout(greeting)),
    beginTurn() {
      narrator.beginTurn();
      completed.clear();
    },
    replayCompleted(turnId) {
      const turn = completed.get(turnId);
      if (turn) options.onTurnCompleted(turn, narrator.lastMessage());
      else if (failure) options.onDown(failure.reason, failure.error);
    },
    lastMessage: narrator.lastMessage,
    answer: questions.answer,
    hasOpenQuestion: questions.isOpen,
    kill() {
      down = true;
      clearTimeout(greeting);
      rpc.close('agent-exit', 'the agent was stopped');
      killGroup(child, 'SIGKILL');
    },
  };
}

/** Says once how the process ended, with the last of what it wrote to standard error. */
function followEnd(child: AgentProcess, onOutput: () => void, onEnd: (how: string) => void): void {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    onOutput();
    stderr = (stderr + chunk.toString('utf8')).slice(-stderrTailChars);
  });
  child.on('error', (error) => onEnd(`the agent did not start: ${messageOf(error)}`));
  child.on('close', (code, signal) => {
    const said = stderr.trim();
    onEnd(`the agent ended by itself (${signal ?? `exit code ${code ?? 'unknown'}`})${said ? `: ${said}` : ''}`);
  });
}

async function greet(rpc: RpcClient): Promise<void> {
  await rpc.request('initialize', {
    clientInfo: { name: 'astraforge', title: 'AstraForge', version: '0.1.0' },
    capabilities: { experimentalApi: true, requestAttestation: false },
  });
  rpc.notify('initialized');
}
