import { v7 as uuid } from 'uuid';
import { lastEventSeq } from '../../db/event-counters.ts';
import { getMessages, insertMessage } from '../../db/messages.ts';
import type { Tx } from '../../db/port.ts';
import { getRequest } from '../../db/requests.ts';
import type { AmendInput, ChatInput, InboxUpdateKind } from '../../workflows/contracts/messages.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import { terminalStages } from '../../workflows/contracts/request.ts';
import { holdsRole } from '../auth/rules.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { accept, type InboundCall } from '../inbox/accept.ts';
import type { Answer } from '../mount.ts';
import { notFound, refuse } from '../problem.ts';
import type { ActionResult, MessageCreate, MessageResult } from '../schemas/requests.ts';
import { resolveAttachments } from './attachments.ts';
import { awaitDisposition } from './disposition.ts';
import { checkProse, checkSize } from './request-input.ts';

/** Who acts on which request, and how the call is known. */
export interface Act {
  principal: Principal;
  source: string;
  key: string | null;
  keepsAnswer: boolean;
  requestId: string;
}

/** DomainErrors `not-found` and `request-closed`, before anything is written. */
async function requireOpen(tx: Tx, requestId: string): Promise<void> {
  const request = await getRequest(tx, requestId);
  if (!request) throw notFound('request', requestId);
  if (terminalStages.includes(request.stage)) throw refuse('request-closed', `This request is ${request.stage}; submit a new one.`);
}

/** Sends a vote, answer, retry, cancel, merge or withdrawal to the request's workflow. `check` refuses before anything is written. */
export async function act(
  deps: ApiDependencies,
  from: Act,
  kind: InboxUpdateKind,
  fields: object,
  check: (tx: Tx) => Promise<void> = () => Promise.resolve(),
): Promise<Answer<ActionResult>> {
  const { requestId, ...caller } = from;
  return accept<ActionResult>(deps, {
    ...caller,
    operationId: kind,
    fingerprint: [requestId, fields],
    prepare: () => async (tx, deliveryId) => {
      await requireOpen(tx, requestId);
      await check(tx);
      return { requestId, kind, payload: { ...fields, deliveryId, by: from.principal } };
    },
    isSame: (row) => row.kind === kind && row.requestId === requestId,
    answer: resultOf,
  });
}

/** Withdraws a message of the caller's, or of anybody for a maintainer; the workflow says whether it still can be. */
export async function withdraw(deps: ApiDependencies, from: Act, messageId: string): Promise<Answer<ActionResult>> {
  const { requestId, principal } = from;
  return act(deps, from, 'withdraw', { messageId }, async (tx) => {
    const [message] = await getMessages(tx, [messageId]);
    if (message?.requestId !== requestId) throw notFound('message', messageId);
    if (message.authorId === principal.id || holdsRole(principal.roles, 'maintainer')) return;
    throw refuse('not-the-author', 'Only its author or a maintainer may withdraw a message; ask one of them.');
  });
}

const resultOf: InboundCall<ActionResult>['answer'] = (row, delivery) => {
  const accepted = delivery.state === 'delivered' ? delivery.accepted : null;
  return {
    status: delivery.state === 'delivered' ? 200 : 202,
    body: {
      state: delivery.state === 'delivered' ? 'delivered' : 'accepted',
      deliveryId: row.deliveryId,
      requestId: row.requestId,
      stage: accepted?.stage ?? null,
      runId: accepted?.runId ?? null,
      duplicate: accepted?.duplicate ?? false,
    },
  };
};

/** Sends a message. When a run is at work, waits a moment for the word whether it was steered into it or queued. */
export async function sendMessage(deps: ApiDependencies, from: Act, body: MessageCreate): Promise<Answer<MessageResult>> {
  const { requestId, principal, ...caller } = from;
  // Words and remarks go to the agent together; so their size counts together.
  if (body.remarks.length === 0) checkProse(body.text);
  else checkSize([body.text, ...body.remarks.map((remark) => `${remark.path} ${remark.body}`)].join(' '));
  if (body.kind === 'amend' && body.subjectId === undefined) {
    throw refuse('invalid-body', 'An amendment names the commit or plan that it is about as subjectId.', [
      { path: 'subjectId', message: 'is needed for amend' },
    ]);
  }
  let afterSeq = 0;
  return accept<MessageResult>(deps, {
    ...caller,
    principal,
    operationId: body.kind,
    fingerprint: [requestId, body],
    prepare: () => async (tx, deliveryId) => {
      await requireOpen(tx, requestId);
      afterSeq = await lastEventSeq(tx, requestId);
      const attachments = await resolveAttachments(tx, body.attachments);
      const message = { messageId: uuid(), kind: body.kind, author: principal };
      const { tenantId, id: authorId } = principal;
      await insertMessage(tx, {
        tenantId,
        messageId: message.messageId,
        requestId,
        kind: body.kind,
        authorId,
        // A body of blanks beside remarks says nothing.
        body: body.text.trim() === '' ? '' : body.text,
        attachments,
        remarks: body.remarks,
        subjectId: body.subjectId,
      });
      const input: ChatInput = { deliveryId, by: principal, message };
      const payload: ChatInput | AmendInput = body.kind === 'chat' ? input : { ...input, subjectId: body.subjectId ?? '', comment: '' };
      return { requestId, kind: body.kind, payload };
    },
    isSame: (row) => row.kind === body.kind && row.requestId === requestId,
    async answer(row, delivery) {
      const result = await resultOf(row, delivery);
      const { messageId } = (row.payload as ChatInput).message;
      const isWorking = delivery.state === 'delivered' && result.body.runId !== null;
      const disposition = isWorking
        ? await awaitDisposition(deps, { tenantId: principal.tenantId, requestId, messageId, afterSeq })
        : 'accepted';
      return { status: result.status, body: { ...result.body, messageId, disposition } };
    },
  });
}
