import { sendMessages } from '../../db/messages.ts';
import type { DeliverableMessage, WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import { assertNever, DomainError } from '../../workflows/contracts/errors.ts';
import type { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import type { Workspace } from '../../workspace/port.ts';
import type { HostDependencies } from './dependencies.ts';
import { requireMessages, requireWorkspace, type RequestWorkspace } from './rows.ts';
import { steerInput } from './turn-input.ts';

/** Puts a person's words, an answer or an interrupt into the supervisor's inbox (contracts/activities.ts, `deliver`). */
export function createDeliver(deps: HostDependencies): WorkspaceActivities['deliver'] {
  return async ({ workspace: ref, message }) => {
    const row = await requireWorkspace(deps.database, ref.workspaceId);
    const workspace = await livingWorkspace(deps, ref.workspaceId);
    if (message.kind === 'answer') await announceAnswer(deps, row, ref, message);
    const command = await commandOf(deps, row, message);
    if (command !== null) await workspace.deliver(command);
  };
}

/** The workspace, running; DomainError `place-lost` otherwise: nobody is there to read. */
export async function livingWorkspace(deps: HostDependencies, workspaceId: string): Promise<Workspace> {
  const workspace = await deps.provisioner.adopt(workspaceId);
  if (workspace !== null && (await workspace.state()).status === 'running') return workspace;
  throw new DomainError('permanent', 'place-lost', `delivering to the agent: workspace ${workspaceId} is not running any more`);
}

/** Null for words that were withdrawn before they went out. */
async function commandOf(deps: HostDependencies, row: RequestWorkspace, message: DeliverableMessage): Promise<SupervisorCommand | null> {
  switch (message.kind) {
    case 'steer': {
      const { messageId } = message.message;
      const [body] = await deps.database.withTenant(row.tenantId, async (tx) => {
        await requireMessages(tx, [messageId]);
        return sendMessages(tx, [messageId]);
      });
      return body ? { kind: 'steer', messageId, input: steerInput(body) } : null;
    }
    case 'answer':
      return { kind: 'answer', messageId: message.deliveryId, questionId: message.questionId, answers: message.answers };
    case 'interrupt':
      return { kind: 'interrupt', messageId: message.deliveryId };
    default:
      return assertNever(message);
  }
}

/** Logged before the delivery: a watcher that starts in between must not ask the same question again. */
async function announceAnswer(
  deps: HostDependencies,
  row: RequestWorkspace,
  ref: { runId: string; attempt: number },
  message: Extract<DeliverableMessage, { kind: 'answer' }>,
): Promise<void> {
  const { deliveryId, questionId } = message;
  const scope = { tenantId: row.tenantId, requestId: row.requestId, runId: ref.runId, attempt: ref.attempt };
  const data = { messageId: deliveryId, kind: 'answer' as const, questionId };
  await deps.runLog.append(scope, [{ type: 'message.delivered', emittedAtMs: deps.now(), data }], `answer.${deliveryId}`);
}
