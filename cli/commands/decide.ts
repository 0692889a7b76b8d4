import type { Command } from 'commander';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { Acceptance, RequestDetail } from '../client.ts';
import { type CliContext, openSession, type Session } from '../context.ts';
import { usageError } from '../environment.ts';
import { shortCommit } from '../render/words.ts';

interface DecisionOptions {
  subject?: string;
  comment: string;
  changes?: boolean;
}

/** `approve <request>`: a vote for what its open gate is about. */
export function addApproveCommand(program: Command, context: CliContext): void {
  program
    .command('approve')
    .description('approve what the open gate of a request is about: its plan or its commit')
    .argument('<request>', 'request id')
    .option('--subject <id>', 'plan or commit that you approve (default: that of the open gate)')
    .option('-c, --comment <text>', 'a remark', '')
    .action(async (requestId: string, options: DecisionOptions, command: Command) => {
      await decide(openSession(context, command), requestId, 'approve', options);
    });
}

/** `reject <request>`: a vote against; with `--changes` the comment goes to the agent, which tries again. */
export function addRejectCommand(program: Command, context: CliContext): void {
  program
    .command('reject')
    .description('reject what the open gate of a request is about')
    .argument('<request>', 'request id')
    .option('--subject <id>', 'plan or commit that you reject (default: that of the open gate)')
    .option('-c, --comment <text>', 'why', '')
    .option('--changes', 'ask for changes: the comment goes to the agent')
    .action(async (requestId: string, options: DecisionOptions, command: Command) => {
      if (options.changes && options.comment.trim() === '') throw usageError('--changes needs a --comment that says what to change');
      await decide(openSession(context, command), requestId, options.changes ? 'changes-requested' : 'reject', options);
    });
}

async function decide(
  session: Session,
  requestId: string,
  vote: 'approve' | 'reject' | 'changes-requested',
  options: DecisionOptions,
): Promise<void> {
  const client = await session.client();
  const subjectId = options.subject ?? openSubject(await client.getRequest(requestId));
  const accepted =
    vote === 'changes-requested'
      ? await client.amend(requestId, subjectId, options.comment)
      : await client.decide(requestId, { vote, subjectId, comment: options.comment });
  session.data({ ...accepted, vote, subjectId });
  session.print(`${vote}: ${shortCommit(subjectId)} · ${describeAcceptance(accepted)}`);
}

/** What the open gate of a request is about; DomainError `gate-closed` when none is open. */
function openSubject(request: Pick<RequestDetail, 'requestId' | 'stage' | 'status'>): string {
  const gate = request.status?.gate;
  if (gate?.status === 'open') return gate.subject.id;
  throw new DomainError('permanent', 'gate-closed', `request ${request.requestId} has no open gate (it is ${request.stage})`, {
    details: { status: 409 },
  });
}

/** How far an accepted message came, for people. */
export function describeAcceptance(accepted: Acceptance): string {
  return accepted.stage === null ? 'accepted, delivered as soon as the workflow can be reached' : `now ${accepted.stage}`;
}
