import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { AgentContext, AgentDriver, AgentInput, AgentTurn, RunningTurn, SteerResult, TurnEnd } from '../port.ts';
import { failureOf } from './normalise.ts';
import { ThreadAnswer, TurnAnswer } from './protocol.ts';
import type { CodexServer } from './server.ts';
import { fitInput, toUserInput } from './input.ts';
import { createServerSlot } from './server-slot.ts';
import { findSession, readReview, restoreSession } from './session.ts';

interface Active {
  turnId: string;
  end(end: TurnEnd): void;
}

/**
 * Drives `codex app-server`: one process for all turns of a workspace, started again (and its thread resumed) when it was killed
 * or when a turn needs the checkout mounted otherwise.
 */
export function createCodexDriver(context: AgentContext): AgentDriver {
  const { homeDir } = context;
  const servers = createServerSlot(context, {
    onTurnCompleted(turn, lastMessage) {
      if (active?.turnId !== turn.id) return;
      if (turn.status === 'completed' || turn.status === 'interrupted')
        return endTurn({ status: turn.status, lastMessage, reason: null, error: null });
      endTurn({ status: 'failed', lastMessage, ...failureOf(turn, context.modelRefused()) });
    },
    onDown: (reason, error, lastMessage) => endTurn({ status: 'failed', lastMessage, reason, error }),
  });
  let threadId: string | null = null;
  let active: Active | null = null;

  function endTurn(end: TurnEnd): void {
    const ending = active;
    active = null;
    ending?.end(end);
  }

  async function ensureThread(codex: CodexServer): Promise<string> {
    if (codex.threadLoaded && threadId) return threadId;
    const answer = await openThread(context, codex, threadId);
    threadId = ThreadAnswer.parse(answer).thread.id;
    codex.threadLoaded = true;
    return threadId;
  }

  async function startTurn(turn: AgentTurn): Promise<RunningTurn> {
    const codex = await servers.ensure(turn.mode !== 'work');
    const thread = await ensureThread(codex);
    codex.beginTurn();
    const input = await fitInput(turn.input, context.homeDir, turn.messageId);
    const answer = await codex.rpc.request(...turnRequest({ ...turn, input }, thread), turn.messageId);
    const turnId = TurnAnswer.parse(answer).turn.id;
    const ended = new Promise<TurnEnd>((resolve) => {
      active = { turnId, end: resolve };
    });
    codex.replayCompleted(turnId);
    return { turnId, ended: turn.mode === 'review' ? ended.then((end) => withFindings(end, thread)) : ended };
  }

  /** A review's text for people, replaced by its findings. */
  async function withFindings(end: TurnEnd, thread: string): Promise<TurnEnd> {
    if (end.status !== 'completed') return end;
    const findings = await readReview(homeDir, thread).catch(() => null);
    return { ...end, lastMessage: findings ?? end.lastMessage };
  }

  async function steer(messageId: string, input: AgentInput[]): Promise<SteerResult> {
    const server = servers.current();
    if (!active || !server || !threadId) return { steered: false, reason: 'no turn is running' };
    try {
      await server.rpc.request('turn/steer', { threadId, expectedTurnId: active.turnId, input: input.map(toUserInput) }, messageId);
      return { steered: true };
    } catch (error) {
      return { steered: false, reason: messageOf(error) };
    }
  }

  return {
    threadId: () => threadId,
    async warm({ readOnlyCheckout }) {
      await servers.ensure(readOnlyCheckout);
    },
    async restore(session) {
      await restoreSession(homeDir, session);
      threadId = session.threadId;
    },
    startTurn,
    steer,
    answer: (questionId, answers) => servers.current()?.answer(questionId, answers) ?? false,
    hasOpenQuestion: () => servers.current()?.hasOpenQuestion() ?? false,
    async interrupt() {
      if (!active) return;
      await servers.current()?.rpc.request('turn/interrupt', { threadId, turnId: active.turnId });
    },
    kill(end) {
      endTurn(end);
      servers.kill();
    },
    sessionFile: async () => (threadId === null ? null : findSession(homeDir, threadId)),
  };
}

/**
 * Resumes a thread, or begins one. A session that Codex itself does not take, as one that its agent has spoiled, must not hold up the
 * request for ever: then a new one begins too.
 */
async function openThread(context: AgentContext, { rpc }: CodexServer, threadId: string | null): Promise<unknown> {
  const cwd = context.checkoutDir;
  if (threadId !== null) {
    try {
      return await rpc.request('thread/resume', { threadId, cwd, excludeTurns: true });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'agent-refused') throw error;
      context.emit('warning', { message: `the agent begins without its earlier session: ${messageOf(error)}` });
    }
  }
  return rpc.request('thread/start', { cwd });
}

/** Method and parameters that start a turn of this mode. */
function turnRequest(turn: AgentTurn, threadId: string): [string, object] {
  if (turn.mode === 'review') {
    const target = { type: 'baseBranch', branch: turn.reviewBranch ?? 'HEAD' };
    return ['review/start', { threadId, delivery: 'inline', target }];
  }
  const options = {
    ...(turn.model ? { model: turn.model } : {}),
    ...(turn.effort ? { effort: turn.effort } : {}),
    ...(turn.outputSchema ? { outputSchema: turn.outputSchema } : {}),
  };
  return ['turn/start', { threadId, input: turn.input.map(toUserInput), ...options }];
}
