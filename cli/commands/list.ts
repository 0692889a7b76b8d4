import { type Command, InvalidArgumentError, Option } from 'commander';
import { Stage } from '../../workflows/contracts/request.ts';
import type { RequestRow } from '../client.ts';
import { type CliContext, openSession } from '../context.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { formatDuration, safeLine } from '../render/text.ts';
import { describeAwaiting, paintStage } from '../render/words.ts';
import { chooseProject } from './project.ts';

interface ListOptions {
  project?: string;
  stage?: Stage;
  limit: number;
}

const largestPage = 100;

/** `list`: requests, the newest first. */
export function addListCommand(program: Command, context: CliContext): void {
  program
    .command('list')
    .description('requests, the newest first')
    .option('-p, --project <name>', 'only of this project')
    .addOption(new Option('--stage <stage>', 'only in this stage').choices(Stage.options))
    .option('-n, --limit <count>', 'how many', parseCount, 20)
    .action(async (options: ListOptions, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const project = options.project === undefined ? undefined : (await chooseProject(client, options.project)).projectId;
      const rows: RequestRow[] = [];
      let cursor: string | undefined;
      do {
        const limit = Math.min(largestPage, options.limit - rows.length);
        const page = await client.listRequests({ project, stage: options.stage, limit, cursor });
        rows.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && rows.length < options.limit);

      session.data(rows);
      session.print(rows.length === 0 ? 'no requests' : requestTable(rows, session.style, context.now()));
    });
}

/** The rows of `list` for people. */
function requestTable(rows: readonly RequestRow[], style: Style, nowMs: number): string {
  return renderTable(
    [{ title: 'request' }, { title: 'stage' }, { title: 'project' }, { title: 'age', align: 'right' }, { title: 'title' }],
    rows.map((row) => [
      row.requestId,
      paintStage(style, row.stage),
      safeLine(row.project.name, 24),
      formatDuration(nowMs - row.createdAtMs),
      safeLine(row.title, 60) + (row.awaiting ? style('yellow', ` (${describeAwaiting(row.awaiting)})`) : ''),
    ]),
  );
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 10_000) throw new InvalidArgumentError('a number from 1 to 10000');
  return count;
}
