import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { FailureReason, TokenUsage } from '../../../workflows/contracts/run.ts';
import { killGroup } from '../kill-group.ts';
import type { AgentContext } from '../port.ts';
import { normalise, turnUsage } from './normalise.ts';
import { DeltaParams, Item, ItemParams, ResolvedParams, TurnParams, UserInputParams } from './protocol.ts';
import type { CodexTurn } from './protocol.ts';
import { createRpcClient } from './rpc.ts';
import type { RpcClient, RpcId } from './rpc.ts';

const maxGarbageLines = 20;
/** How long a process may take to its first answer. */
const greetingMs = 60_000;
const stderrTailChars = 2_000;

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
  child: ChildProcessWithoutNullStreams;
  readOnlyCheckout: boolean;
  onTurnCompleted(turn: CodexTurn, lastMessage: string): void;
  /** The process ended or stopped speaking the protocol; called once, never after `kill`. */
  onDown(reason: FailureReason, error: string): void;
}

/** Speaks to a started app-server: notifications become events, its questions are kept open, everything else it asks is answered. */
export function startServer(context: AgentContext, options: ServerOptions): CodexServer {
  const { child } = options;
  const questions = new Map<string, RpcId>();
  const completed = new Map<string, CodexTurn>();
  /** Commands whose output came in pieces. */
  const streamed = new Set<string>();
  let usageBefore: TokenUsage | null = null;
  let lastMessage = '';
  let stderr = '';
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
    rpc.close(error);
    options.onDown(reason, error);
  }

  const rpc = createRpcClient(child.stdout, child.stdin, {
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
      if (method === 'item/commandExecution/outputDelta') streamed.add(DeltaParams.safeParse(params).data?.itemId ?? '');
      if (method === 'item/completed') emitWhole(params, emittedAtMs);
      for (const { type, data } of normalise(method, params)) context.emit(type, data, emittedAtMs);
      if (method === 'thread/tokenUsage/updated') {
        const usage = turnUsage(params, usageBefore);
        if (!usage) return;
        usageBefore = usage.before;
        context.emit('usage', usage.total, emittedAtMs);
      }
      if (method === 'item/completed') lastMessage = messageIn(params) ?? lastMessage;
      if (method === 'serverRequest/resolved') forget(params);
      if (method === 'turn/completed') finish(params);
    },
    onRequest,
  });

  /** A command that ended fast has no deltas: its output comes with its end. */
  function emitWhole(params: unknown, emittedAtMs: number | undefined): void {
    const item = itemIn(params);
    if (item?.type !== 'commandExecution' || streamed.delete(item.id) || !item.aggregatedOutput) return;
    context.emit('command.output', { itemId: item.id, text: item.aggregatedOutput }, emittedAtMs);
  }

  function finish(params: unknown): void {
    const turn = TurnParams.safeParse(params).data?.turn;
    if (!turn) return;
    questions.clear();
    completed.set(turn.id, turn);
    options.onTurnCompleted(turn, lastMessage);
  }

  /** Codex answered its own question (it was interrupted, or its time ran out). */
  function forget(params: unknown): void {
    const requestId = ResolvedParams.safeParse(params).data?.requestId;
    for (const [questionId, id] of questions) if (id === requestId) questions.delete(questionId);
  }

  function onRequest(id: RpcId, method: string, params: unknown): void {
    const asked = method === 'item/tool/requestUserInput' ? UserInputParams.safeParse(params).data : undefined;
    if (asked) {
      const questionId = `${asked.itemId}:${id}`;
      questions.set(questionId, id);
      const list = asked.questions.map(({ isOther, options: choices, ...rest }) => ({
        ...rest,
        allowsOther: isOther,
        options: choices ?? [],
      }));
      return context.emit('question.asked', { questionId, questions: list });
    }
    const answer = approval(method);
    if (answer) return rpc.respond(id, answer);
    context.emit('raw', { method, params: { refused: 'this client does not answer it' } });
    rpc.reject(id, -32601, `method not found: ${method}`);
  }

  const greeting = setTimeout(() => {
    fail(garbage > 0 ? 'agent-garbage' : 'agent-exit', 'the agent did not answer after its start');
  }, greetingMs);

  child.stderr.on('data', (chunk: Buffer) => {
    context.activity();
    stderr = (stderr + chunk.toString('utf8')).slice(-stderrTailChars);
  });
  child.on('error', (error) => fail('agent-exit', `the agent did not start: ${messageOf(error)}`));
  child.on('close', (code, signal) => {
    const how = `the agent ended by itself (${signal ?? `exit code ${code ?? 'unknown'}`})${stderr ? `: ${stderr.trim().slice(-500)}` : ''}`;
    fail(garbage > 0 && !rpc.spoke() ? 'agent-garbage' : 'agent-exit', how);
  });

  return {
    rpc,
    readOnlyCheckout: options.readOnlyCheckout,
    threadLoaded: false,
    initialized: rpc
      .request('initialize', {
        clientInfo: { name: 'astraforge', title: 'AstraForge', version: '0.1.0' },
        capabilities: { experimentalApi: true, requestAttestation: false },
      })
      .then(() => {
        clearTimeout(greeting);
        rpc.notify('initialized');
      }),
    beginTurn() {
      usageBefore = null;
      lastMessage = '';
      completed.clear();
    },
    replayCompleted(turnId) {
      const turn = completed.get(turnId);
      if (turn) options.onTurnCompleted(turn, lastMessage);
      else if (failure) options.onDown(failure.reason, failure.error);
    },
    lastMessage: () => lastMessage,
    answer(questionId, answers) {
      const id = questions.get(questionId);
      if (id === undefined) return false;
      questions.delete(questionId);
      rpc.respond(id, { answers: Object.fromEntries(Object.entries(answers).map(([key, values]) => [key, { answers: values }])) });
      return true;
    },
    hasOpenQuestion: () => questions.size > 0,
    kill() {
      down = true;
      clearTimeout(greeting);
      rpc.close('the agent was stopped');
      killGroup(child, 'SIGKILL');
    },
  };
}

/** The workspace is the boundary: whatever Codex asks to be allowed inside it is allowed. Null for what is not an approval. */
function approval(method: string): object | null {
  switch (method) {
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval':
      return { decision: 'accept' };
    case 'applyPatchApproval':
    case 'execCommandApproval':
      return { decision: 'approved' };
    case 'item/permissions/requestApproval':
      return { permissions: {}, scope: 'turn' };
    case 'mcpServer/elicitation/request':
      return { action: 'decline', content: null, _meta: null };
    default:
      return null;
  }
}

/** The text that a finished item says to people, if it does. */
function messageIn(params: unknown): string | null {
  const item = itemIn(params);
  if (item?.type === 'agentMessage' || item?.type === 'plan') return item.text;
  return item?.type === 'exitedReviewMode' ? item.review : null;
}

function itemIn(params: unknown): Item | undefined {
  return Item.safeParse(ItemParams.safeParse(params).data?.item).data;
}
