import type { WorkspaceRow } from '../workspace-resolver.ts';

/** Which models a workspace may call; `*` allows every name. */
export type ModelAllowlist = readonly string[];

/** A refusal as the agent sees it. Status 400 is the one that Codex takes as final: it ends its turn at once with the message. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
}

/** For a workspace without a model, or one that no request has yet: nobody would be charged. */
export const noModel: Refusal = {
  status: 400,
  code: 'model-not-allowed',
  message: 'The gateway refused the model call: this workspace has no model, since it runs checks or is of no request yet.',
};

/** Whether this workspace may call this model now; null when it may. */
export function refuseModelCall(
  workspace: Pick<WorkspaceRow, 'state' | 'runId' | 'modelAllowed'>,
  model: string,
  allowlist: ModelAllowlist,
): Refusal | null {
  if (workspace.state !== 'active' || workspace.runId === null) {
    return {
      status: 400,
      code: 'workspace-idle',
      message: 'The gateway refused the model call: no run is at work in this workspace. Send a message to the request to start one.',
    };
  }
  if (!workspace.modelAllowed) return noModel;
  if (!allowlist.includes('*') && !allowlist.includes(model)) {
    return {
      status: 400,
      code: 'model-not-allowed',
      message: `The gateway refused the model call: the model "${model.slice(0, 100)}" is not on the allowlist (${allowlist.join(', ')}). Choose one of these, or add it to MODEL_ALLOWLIST.`,
    };
  }
  return null;
}

/** An error in the shape that OpenAI's API gives its own (`{error: {message, type, code, param}}`). */
export function openAiError(refusal: Refusal): { error: { message: string; type: string; code: string; param: null } } {
  const type = refusal.status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message: refusal.message, type, code: refusal.code, param: null } };
}
