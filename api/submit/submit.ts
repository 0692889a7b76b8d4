import { insertMessage } from '../../db/messages.ts';
import { insertRequest } from '../../db/requests.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import { RequestInput } from '../../workflows/contracts/request.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { accept } from '../inbox/accept.ts';
import type { Answer } from '../mount.ts';
import { refuse } from '../problem.ts';
import { findProject } from '../routes/projects.ts';
import type { RequestCreate, RequestCreated } from '../schemas/requests.ts';
import { resolveAttachments } from './attachments.ts';
import { checkRepository } from './repository.ts';
import { checkProse, resolveRequest } from './request-input.ts';

/** A submit, from whatever source, as it came in. */
export interface Submission {
  principal: Principal;
  source: string;
  key: string | null;
  keepsAnswer: boolean;
  body: RequestCreate;
}

/** Stores request, prompt and inbox row at once, and starts the workflow: 201 when it runs, 202 when it will. */
export async function submit(deps: ApiDependencies, { body, ...submission }: Submission): Promise<Answer<RequestCreated>> {
  const { principal } = submission;
  checkProse(body.prompt);
  return accept<RequestCreated>(deps, {
    ...submission,
    operationId: 'submitRequest',
    fingerprint: body,
    async prepare() {
      const input = await inputOf(deps, principal, body);
      return async (tx) => {
        const { tenantId, requestId, promptMessageId: messageId } = input;
        const attachments = await resolveAttachments(tx, body.attachments);
        await insertRequest(tx, input);
        const message = { tenantId, messageId, requestId, kind: 'prompt' as const, authorId: principal.id, body: body.prompt, attachments };
        await insertMessage(tx, message);
        return { requestId, kind: 'submit', payload: input };
      };
    },
    isSame(row) {
      if (row.kind !== 'submit') return false;
      const { projectId, projectName } = RequestInput.parse(row.payload);
      return [projectId, projectName].includes(body.project);
    },
    answer(row, delivery) {
      // The row's own input: a repetition is answered with the request that the first call made.
      const { requestId, title, promptMessageId } = RequestInput.parse(row.payload);
      const state = delivery.state === 'delivered' ? 'delivered' : 'accepted';
      const made = { state, deliveryId: row.deliveryId, requestId, title, messageId: promptMessageId, stage: 'RECEIVED' } as const;
      return { status: state === 'delivered' ? 201 : 202, body: made };
    },
  });
}

/** What the workflow starts with, when everything that the submit names is there. */
async function inputOf(deps: ApiDependencies, requester: Principal, body: RequestCreate): Promise<RequestInput> {
  const project = await deps.database.withTenant(requester.tenantId, async (tx) => {
    // Before the slow look at the repository, so that a mistake is told at once.
    await resolveAttachments(tx, body.attachments);
    return findProject(tx, body.project);
  });
  if (!project) throw refuse('unknown-project', `There is no project ${body.project}; add it first, or take one of /api/projects.`);
  const { defaultExecutor, executors } = deps;
  const input = resolveRequest({ body, project, requester, defaultExecutor, executors, nowMs: Date.now() });
  await checkRepository(deps, project, input.baseBranch);
  return input;
}
