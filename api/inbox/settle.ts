import { recordActivity } from '../../db/activity.ts';
import { markInboxDelivered, markInboxRejected, type InboxRow } from '../../db/inbox.ts';
import { deleteUnsentMessage, setDisposition } from '../../db/messages.ts';
import type { Database } from '../../db/port.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { Delivery } from './deliver.ts';

/** What each kind is called in the list of who did what. */
const verbs: Readonly<Record<string, string>> = {
  submit: 'request.submitted',
  chat: 'request.commented',
  amend: 'request.changes-requested',
  approve: 'request.approved',
  reject: 'request.rejected',
  answer: 'request.answered',
  retry: 'request.retried',
  cancel: 'request.cancelled',
  merge: 'request.merge-asked',
  withdraw: 'request.message-withdrawn',
};

/** What payloads have in common, as far as settling is concerned. */
interface Payload {
  by?: Principal;
  requester?: Principal;
  title?: string;
  comment?: string;
  subjectId?: string;
  message?: { messageId: string };
}

/**
 * Writes down what came of a delivery, once. A refused message is taken back while its sender still waits (`senderWaits`);
 * later it stays, marked as rejected.
 */
export async function settle(database: Database, row: InboxRow, delivery: Delivery, senderWaits: boolean): Promise<void> {
  if (delivery.state === 'pending') return;
  const payload = row.payload as Payload;
  await database.withTenant(row.tenantId, async (tx) => {
    if (delivery.state === 'delivered') {
      await markInboxDelivered(tx, row.inboxId);
      await recordActivity(tx, actOf(row, payload));
      return;
    }
    await markInboxRejected(tx, row.inboxId, delivery.rejection);
    const messageId = payload.message?.messageId;
    if (messageId === undefined) return;
    if (senderWaits) await deleteUnsentMessage(tx, messageId);
    else await setDisposition(tx, [messageId], 'rejected');
  });
}

/** The row's own id makes the act be recorded once, however often the row is settled. */
function actOf(row: InboxRow, payload: Payload) {
  const { title, comment, subjectId } = payload;
  return {
    activityId: row.inboxId,
    tenantId: row.tenantId,
    requestId: row.requestId,
    actor: (payload.by ?? payload.requester)?.name ?? row.source,
    verb: verbs[row.kind] ?? row.kind,
    detail: Object.fromEntries(Object.entries({ title, comment, subjectId }).filter(([, value]) => value)),
  };
}
