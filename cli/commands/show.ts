import type { Command } from 'commander';
import { type CliContext, openSession } from '../context.ts';
import { describeRequest, stageDurations, stageTable } from '../render/request.ts';

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
      if (request.status) session.print(`\n${stageTable(stageDurations(request.status.stages, context.now()))}`);
    });
}
