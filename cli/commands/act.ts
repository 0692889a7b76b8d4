import type { Command } from 'commander';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { Acceptance, CliClient, RequestDetail } from '../client.ts';
import { type CliContext, openSession, type Session } from '../context.ts';
import { describeAcceptance } from './decide.ts';

/** `cancel <request>`: interrupts the agent, then ends its workspace. */
export function addCancelCommand(program: Command, context: CliContext): void {
  program
    .command('cancel')
    .description('cancel a request; a working agent is interrupted, then ended')
    .argument('<request>', 'request id')
    .option('-r, --reason <text>', 'why', '')
    .action(async (requestId: string, options: { reason: string }, command: Command) => {
      await act(openSession(context, command), (client) => client.cancel(requestId, options.reason));
    });
}

/** `retry <request>`: a new run of a request that is blocked after a failed one. */
export function addRetryCommand(program: Command, context: CliContext): void {
  program
    .command('retry')
    .description('try a blocked request again')
    .argument('<request>', 'request id')
    .option('-c, --comment <text>', 'a remark', '')
    .action(async (requestId: string, options: { comment: string }, command: Command) => {
      await act(openSession(context, command), (client) => client.retry(requestId, options.comment));
    });
}

/** `merge <request>`: merges its merge request, in the local forge. */
export function addMergeCommand(program: Command, context: CliContext): void {
  program
    .command('merge')
    .description('merge the merge request of a request (local forge)')
    .argument('<request>', 'request id')
    .action(async (requestId: string, _options: unknown, command: Command) => {
      await act(openSession(context, command), async (client) =>
        client.merge(requestId, publishedCommit(await client.getRequest(requestId))),
      );
    });
}

/** `withdraw <request> [message]`: takes back words that no run carries yet; without an id the last ones that wait. */
export function addWithdrawCommand(program: Command, context: CliContext): void {
  program
    .command('withdraw')
    .description('take back a message that waits for its run')
    .argument('<request>', 'request id')
    .argument('[message]', 'message id; default: the last one that waits')
    .action(async (requestId: string, messageId: string | undefined, _options: unknown, command: Command) => {
      await act(openSession(context, command), async (client) => {
        const chosen = messageId ?? lastWaiting(await client.getRequest(requestId));
        return client.withdraw(requestId, chosen);
      });
    });
}

async function act(session: Session, step: (client: CliClient) => Promise<Acceptance>): Promise<void> {
  const accepted = await step(await session.client());
  session.data(accepted);
  session.print(describeAcceptance(accepted));
}

function publishedCommit(request: RequestDetail): string {
  if (request.mergeRequest) return request.mergeRequest.commit;
  throw new DomainError('permanent', 'no-merge-request', `request ${request.requestId} has no merge request yet (it is ${request.stage})`, {
    details: { status: 409 },
  });
}

function lastWaiting(request: RequestDetail): string {
  const waiting = request.messages.filter(
    ({ kind, disposition }) => kind !== 'prompt' && (disposition === 'queued' || disposition === 'accepted'),
  );
  const last = waiting.at(-1);
  if (last) return last.messageId;
  throw new DomainError('permanent', 'no-message', `request ${request.requestId} has no message that waits for a run`, {
    details: { status: 409 },
  });
}
