import type { Emit } from '../port.ts';
import { ResolvedParams, UserInputParams } from './protocol.ts';
import type { RpcClient, RpcId } from './rpc.ts';

/** What the app-server asks its client. */
export interface Questions {
  /** Keeps a question to the user open, answers an approval by policy, and refuses what is unknown: nothing is left to hang. */
  take(id: RpcId, method: string, params: unknown): void;
  /** Codex closed a question itself (it was interrupted, or its time ran out). */
  forget(params: unknown): void;
  /** False when no such question is open. */
  answer(questionId: string, answers: Record<string, string[]>): boolean;
  isOpen(): boolean;
  clear(): void;
}

export function createQuestions(emit: Emit, rpc: RpcClient): Questions {
  const open = new Map<string, RpcId>();
  return {
    take(id, method, params) {
      const asked = method === 'item/tool/requestUserInput' ? UserInputParams.safeParse(params).data : undefined;
      if (asked) {
        const questionId = `${asked.itemId}:${id}`;
        open.set(questionId, id);
        const questions = asked.questions.map(({ isOther, options, ...rest }) => ({
          ...rest,
          allowsOther: isOther,
          options: options ?? [],
        }));
        return emit('question.asked', { questionId, questions });
      }
      const answer = approval(method);
      if (answer) return rpc.respond(id, answer);
      emit('raw', { method, params: { refused: 'this client does not answer it' } });
      rpc.reject(id, -32601, `method not found: ${method}`);
    },
    forget(params) {
      const requestId = ResolvedParams.safeParse(params).data?.requestId;
      for (const [questionId, id] of open) if (id === requestId) open.delete(questionId);
    },
    answer(questionId, answers) {
      const id = open.get(questionId);
      if (id === undefined) return false;
      open.delete(questionId);
      rpc.respond(id, { answers: Object.fromEntries(Object.entries(answers).map(([key, values]) => [key, { answers: values }])) });
      return true;
    },
    isOpen: () => open.size > 0,
    clear: () => open.clear(),
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
