import type { RequestDetail } from '../client.ts';
import { stageDurations } from '../render/request.ts';

/** The last line of `demo --json`: stable, documented in docs/cli.md. */
export interface DemoResult {
  requestId: string;
  stage: string;
  /** Absolute path of the bare repository. */
  repository: string;
  /** `branch` is without refs/heads/. Null when the request did not come that far. */
  mergeRequest: { url: string; branch: string; commit: string } | null;
  stagesMs: Record<string, number>;
}

/** What the demo came to. Pure. */
export function demoResult(request: RequestDetail, repository: string, nowMs: number): DemoResult {
  const ref = request.mergeRequest;
  return {
    requestId: request.requestId,
    stage: request.stage,
    repository,
    mergeRequest: ref && { url: ref.url, branch: ref.branch.replace(/^refs\/heads\//, ''), commit: ref.commit },
    stagesMs: stageDurations(request.status?.stages ?? [], nowMs),
  };
}

/** True once the demo has shown what it is for, or cannot go on by itself. */
export function demoIsOver(request: Pick<RequestDetail, 'stage' | 'awaiting'>): boolean {
  switch (request.stage) {
    case 'REVIEWED':
    case 'DONE':
    case 'CANCELLED':
    case 'FAILED':
    case 'BLOCKED':
      return true;
    case 'RECEIVED':
    case 'PLANNING':
    case 'PLAN_READY':
    case 'EXECUTING':
    case 'PATCH_READY':
    case 'MR_OPENED':
      return false;
  }
}

/** True when it waits for the person's vote. */
export function asksForApproval(request: Pick<RequestDetail, 'awaiting' | 'gate'>): boolean {
  return request.gate?.status === 'open' && (request.awaiting?.kind === 'patch-approval' || request.awaiting?.kind === 'plan-approval');
}

/** One sentence about the model behind the gateway, so that nobody takes the scripted one for a real one. */
export function describeModel(config: {
  OPENAI_API_KEY?: string | undefined;
  LLM_UPSTREAM_URL?: string | undefined;
  CODEX_WORKSPACE_PROXY_URL?: string | undefined;
  MODEL: string;
}): string {
  if (config.CODEX_WORKSPACE_PROXY_URL === 'local')
    return 'Model: the scripted demo model, inside the workspace. It is not a language model.';
  if (config.CODEX_WORKSPACE_PROXY_URL) return `Model: ${config.MODEL} behind CODEX_WORKSPACE_PROXY_URL.`;
  if (config.LLM_UPSTREAM_URL) return `Model: ${config.MODEL} behind LLM_UPSTREAM_URL.`;
  if (config.OPENAI_API_KEY) return `Model: ${config.MODEL} of OpenAI, with your key: this run costs money.`;
  return 'Model: the scripted demo model, since no key is set. It is not a language model: it follows a script. Everything else is real. Set OPENAI_API_KEY for a real one.';
}
