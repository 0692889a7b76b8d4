import type { Command } from 'commander';
import type { RehydratedRequest } from '../client.ts';
import { type CliContext, openSession } from '../context.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { safeLine } from '../render/text.ts';
import { paintStage } from '../render/words.ts';

const words: Readonly<Record<RehydratedRequest['outcome'], string>> = {
  restarted: 'started again',
  resubmitted: 'submitted again',
  running: 'runs, left alone',
  closed: 'is closed, left alone',
};

/** `rehydrate [requests…]`: starts requests again whose workflow is lost. */
export function addRehydrateCommand(program: Command, context: CliContext): void {
  program
    .command('rehydrate')
    .description('start open requests again whose workflow is lost, from what the database kept (after a loss of Temporal)')
    .argument('[requests...]', 'request ids; all open ones when none is given')
    .action(async (requestIds: string[], _options: unknown, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const rows = await client.rehydrate(requestIds);

      session.data(rows);
      session.print(rows.length === 0 ? 'no open requests' : rehydratedTable(rows, session.style));
    });
}

function rehydratedTable(rows: readonly RehydratedRequest[], style: Style): string {
  return renderTable(
    [{ title: 'request' }, { title: 'stage' }, { title: '' }, { title: 'title' }],
    rows.map((row) => [row.requestId, paintStage(style, row.stage), words[row.outcome], safeLine(row.title, 60)]),
  );
}
