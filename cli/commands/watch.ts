import { type Command, Option } from 'commander';
import { type CliContext, openSession, type Session } from '../context.ts';
import { usageError } from '../environment.ts';
import { exitCodeOfRequest, exitCodes, waitsForPerson } from '../exit-codes.ts';
import { type Followed, followRequest } from '../follow.ts';
import { EventRenderer } from '../render/events.ts';
import { LiveView } from '../render/live.ts';
import { describeRequest } from '../render/request.ts';
import type { RequestDetail } from '../client.ts';

export interface WatchOptions {
  after: number;
  until: 'closed' | 'waiting';
  output: boolean;
}

/** `watch <request>`: the run live, resumable by `--after`. */
export function addWatchCommand(program: Command, context: CliContext): void {
  program
    .command('watch')
    .description('follow a request live until it is closed')
    .argument('<request>', 'request id')
    .option('--after <seq>', 'resume after this event', parseSeq, 0)
    .addOption(untilOption())
    .option('--output', 'show the whole output of commands and checks', false)
    .action(async (requestId: string, options: WatchOptions, command: Command) => {
      const session = openSession(context, command);
      await watchRequest(context, session, requestId, options);
    });
}

/** The option `--until` of every command that can follow a request. */
export function untilOption(): Option {
  return new Option('--until <state>', 'stop when the request is closed, or as soon as it waits for a person')
    .choices(['closed', 'waiting'])
    .default('closed');
}

/** Follows a request on the terminal, says how it stands at the end, and sets the exit code from it. */
export async function watchRequest(context: CliContext, session: Session, requestId: string, options: WatchOptions): Promise<Followed> {
  const client = await session.client();
  const until = (request: RequestDetail) => options.until === 'waiting' && waitsForPerson(request.awaiting);
  const followed = session.json
    ? await followRequest({
        client,
        requestId,
        afterSeq: options.after,
        until,
        signal: context.signal,
        onEvent: (event) => session.data(event),
      })
    : await followLive(context, session, { requestId, after: options.after, verbose: options.output, until });

  if (followed.interrupted) {
    session.hint(`resume with: astraforge watch ${requestId} --after ${followed.lastSeq}`);
    context.exit(exitCodes.interrupted);
    return followed;
  }
  const { request, lastSeq } = followed;
  session.data({ type: 'end', requestId, stage: request.stage, awaiting: request.awaiting, lastSeq });
  session.print(describeRequest(request, session.style, client.url));
  context.exit(exitCodeOfRequest(request));
  return followed;
}

interface LiveFollow {
  requestId: string;
  after: number;
  verbose: boolean;
  until: (request: RequestDetail) => boolean;
}

/** Follows a request with the live view on stdout, for people. */
async function followLive(context: CliContext, session: Session, input: LiveFollow): Promise<Followed> {
  const client = await session.client();
  const startedAtMs = (await client.getRequest(input.requestId)).createdAtMs;
  const renderer = new EventRenderer({ style: session.style, startedAtMs, verbose: input.verbose });
  const view = new LiveView({ stream: context.stdout, renderer, style: session.style, startedAtMs, now: () => context.now() });
  view.start();
  try {
    return await followRequest({
      client,
      requestId: input.requestId,
      afterSeq: input.after,
      until: input.until,
      signal: context.signal,
      onEvent: (event) => view.print(event),
      onConnection: (state) => view.connection(state),
    });
  } finally {
    view.stop();
  }
}

/** Parses a sequence number of an event. */
export function parseSeq(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw usageError(`--after: "${value}" is not the number of an event`);
  return Number(value);
}
