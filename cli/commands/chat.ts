import type { Command } from 'commander';
import { type CliContext, openSession } from '../context.ts';
import { readWords } from '../input.ts';
import { untilOption, watchRequest } from './watch.ts';

interface ChatOptions {
  file?: string;
  watch: boolean;
  until: 'closed' | 'waiting';
}

const dispositions: Readonly<Record<string, string>> = {
  steered: 'reached the agent in its turn',
  queued: 'waits for the next turn',
  carried: 'starts the next turn',
  accepted: 'accepted, on its way',
};

/** `chat <request> <message>`: words to the agent, during its turn or after it. */
export function addChatCommand(program: Command, context: CliContext): void {
  program
    .command('chat')
    .description('say something to the agent of a request')
    .argument('<request>', 'request id')
    .argument('[message]', 'what to say; "-" reads it from stdin')
    .option('-f, --file <path>', 'read the message from a file')
    .option('-w, --watch', 'follow the request live', false)
    .addOption(untilOption())
    .action(async (requestId: string, message: string | undefined, options: ChatOptions, command: Command) => {
      const session = openSession(context, command);
      const text = await readWords(message, options.file, context.stdin, 'message');
      const sent = await (await session.client()).chat(requestId, text);
      session.data(sent);
      session.print(dispositions[sent.disposition] ?? sent.disposition);
      if (options.watch) await watchRequest(context, session, requestId, { after: 0, until: options.until, output: false });
    });
}
