import type { Command } from 'commander';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { type CliContext, openSession } from '../context.ts';
import type { Style } from '../render/style.ts';
import { safeText } from '../render/text.ts';

/** `diff <request>`: the change of its last checkpoint; into a pipe byte for byte, for `git apply`. */
export function addDiffCommand(program: Command, context: CliContext): void {
  program
    .command('diff')
    .description('the change of the last checkpoint as a unified diff')
    .argument('<request>', 'request id')
    .option('--run <run>', 'of this run instead')
    .option('--against <run>', 'from what this run left, instead of from the base')
    .action(async (requestId: string, options: { run?: string; against?: string }, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const runId = options.run ?? (await client.getRequest(requestId)).status?.checkpoint?.runId;
      if (runId === undefined) {
        throw new DomainError('permanent', 'no-checkpoint', `request ${requestId} has no checkpoint yet: nothing was changed`, {
          details: { status: 409 },
        });
      }
      const diff = await client.diff(runId, options.against);
      session.data({ requestId, runId, diff });
      session.print(context.stdout.isTTY ? paintDiff(diff, session.style) : diff);
    });
}

/** A diff in colours, with what could act on a terminal made visible. Pure. */
export function paintDiff(diff: string, style: Style): string {
  return diff
    .split('\n')
    .map((line) => paintLine(safeText(line), style))
    .join('\n');
}

function paintLine(line: string, style: Style): string {
  if (/^(diff --git|index|---|\+\+\+|new file|deleted file|rename|similarity|old mode|new mode) ?/.test(line)) return style('bold', line);
  if (line.startsWith('@@')) return style('cyan', line);
  if (line.startsWith('+')) return style('green', line);
  return line.startsWith('-') ? style('red', line) : line;
}
