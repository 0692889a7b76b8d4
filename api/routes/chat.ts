import type { Router } from 'express';
import type { ApiDependencies } from '../dependencies.ts';
import { mount } from '../mount.ts';
import { postChat } from '../operations/others.ts';
import { sendMessage } from '../submit/act.ts';
import { submit } from '../submit/submit.ts';

const source = 'chat';

/** The door of chat integrations: a new request for a project, or a further message to a request, once per delivery id. */
export function chatRoutes(router: Router, deps: ApiDependencies): void {
  mount(router, postChat, async ({ body, principal }) => {
    const { requestId, projectName, text, deliveryId, attachments } = body;
    const caller = { principal, source, key: deliveryId, keepsAnswer: false };
    if (requestId !== undefined) {
      const { status, body: message } = await sendMessage(deps, { ...caller, requestId }, { kind: 'chat', text, attachments, remarks: [] });
      return { status, body: { request: null, message } };
    }
    const { status, body: request } = await submit(deps, { ...caller, body: { project: projectName ?? '', prompt: text, attachments } });
    return { status, body: { request, message: null } };
  });
}
