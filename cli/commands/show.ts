import type { Command } from 'commander';
import { type CliContext, openSession } from '../context.ts';
import { describeFindings, describeRequest, stageDurations, stageTable } from '../render/request.ts';
import { safeLine, safeText } from '../render/text.ts';

/** `show <request>`: how it stands, what it waits for and what to type next, the time of each stage. */
export function addShowCommand(program: Command, context: CliContext): void {
  program
    .command('show')
    .description('how a request stands')
    .argument('<request>', 'request id')
    .action(async (requestId: string, _options: unknown, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const request = await client.getRequest(requestId);
      session.data(request);
      session.print(describeRequest(request, session.style, client.url));
      if (request.review?.status === 'completed') {
        session.print(`\nreview: ${safeLine(request.review.verdict ?? '', 40)}\n${safeText(request.review.summary)}`);
        if (request.review.findings.length > 0) session.print(describeFindings(request.review.findings));
      }
      if (request.status) session.print(`\n${stageTable(stageDurations(request.status.stages, context.now()))}`);
    });
}
