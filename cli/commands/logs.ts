import type { Command } from 'commander';
import { type CliContext, openSession } from '../context.ts';
import { EventRenderer } from '../render/events.ts';
import { parseSeq } from './watch.ts';

interface LogsOptions {
  after: number;
  run?: string;
}

/** `logs <request>`: its whole log so far, with the output of every command. Does not follow; `watch --output` does. */
export function addLogsCommand(program: Command, context: CliContext): void {
  program
    .command('logs')
    .description('the whole log of a request so far, with all output')
    .argument('<request>', 'request id')
    .option('--after <seq>', 'only after this event', parseSeq, 0)
    .option('--run <run>', 'only of this run')
    .action(async (requestId: string, options: LogsOptions, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const { createdAtMs } = await client.getRequest(requestId);
      const renderer = new EventRenderer({ style: session.style, startedAtMs: createdAtMs, verbose: true });
      for await (const event of client.events(requestId, { afterSeq: options.after, follow: false, signal: context.signal })) {
        if (options.run !== undefined && event.runId !== options.run) continue;
        session.data(event);
        if (!session.json) context.stdout.write(renderer.render(event));
      }
      if (!session.json) context.stdout.write(renderer.breakLine());
    });
}
