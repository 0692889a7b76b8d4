import { v7 as uuid } from 'uuid';
import type { ProjectRow } from '../../db/projects.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { RequestInput } from '../../workflows/contracts/request.ts';
import { limits } from '../limits.ts';
import { refuse } from '../problem.ts';
import type { RequestCreate } from '../schemas/requests.ts';
import { titleOf } from './title.ts';

/** DomainErrors `empty-prompt` and `prompt-too-large`. The words themselves are never changed. */
export function checkProse(text: string): void {
  if (text.trim() === '') throw refuse('empty-prompt', 'There are no words in this; say what is to be done.');
  checkSize(text);
}

/** DomainError `prompt-too-large`. */
export function checkSize(text: string): void {
  const sizeBytes = Buffer.byteLength(text, 'utf8');
  if (sizeBytes > limits.promptBytes) {
    throw refuse('prompt-too-large', `The text has ${sizeBytes} bytes and may have ${limits.promptBytes}; attach the rest as a file.`);
  }
}

/**
 * Lays what is asked over the project's settings: what the workflow starts with. Gates come from the project alone; whether there
 * is a plan first and an automated review is the requester's to say, the project's settings being where that begins.
 */
export function resolveRequest(input: {
  body: RequestCreate;
  project: ProjectRow;
  requester: Principal;
  defaultExecutor: string;
  executors: readonly string[];
  nowMs: number;
}): RequestInput {
  const { body, project } = input;
  const { settings } = project;
  const executor = body.executor ?? settings.executor ?? input.defaultExecutor;
  if (!input.executors.includes(executor)) {
    throw refuse('unknown-executor', `There is no executor ${executor}; take one of ${input.executors.join(', ')}.`);
  }
  return {
    requestId: uuid(),
    tenantId: project.tenantId,
    projectId: project.projectId,
    projectName: project.name,
    title: body.title ?? titleOf(body.prompt),
    requester: input.requester,
    promptMessageId: uuid(),
    submittedAtMs: input.nowMs,
    baseBranch: body.baseBranch ?? project.defaultBranch,
    forge: project.forge,
    repositoryKind: project.repositoryKind,
    executor,
    model: body.model ?? settings.model,
    effort: body.effort ?? settings.effort,
    planFirst: body.planFirst ?? settings.planFirst,
    gates: settings.gates,
    review: body.review ?? settings.review,
    limits: {
      wallClockMs: settings.wallClockMs,
      inactivityMs: settings.inactivityMs,
      gateExpiryMs: settings.gateExpiryMs,
      repairTurns: settings.repairTurns,
    },
  };
}
