import { join } from 'node:path';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';
import { putCommand } from '../../provisioners/host-folder/inbox.ts';
import { tailLines } from '../../provisioners/host-folder/tail.ts';
import type { TailFrame } from './answer.ts';

// What those who watch a workspace run in its supervisor's container, one short program a call, since they have none of its files.

/** Prints the lines of the event file from an offset on as frames, as they come; ends with whoever reads them. */
export async function printTail(privateDir: string, offset: number, maxBytes: number): Promise<void> {
  const abort = new AbortController();
  // Nothing is ever written to it: its end is the reader's.
  process.stdin.once('end', () => abort.abort()).resume();
  const print = (frame: TailFrame): Promise<unknown> =>
    new Promise((resolve) => process.stdout.write(`${JSON.stringify(frame)}\n`, resolve));
  try {
    const path = join(privateDir, 'events.jsonl');
    // The supervisor's end is the end of this program, too.
    for await (const batch of tailLines({ path, offset, maxBytes, signal: abort.signal, isOver: async () => false })) await print(batch);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await print({ code: error.code, message: messageOf(error) });
  }
}

/** Puts the command that stdin holds into the inbox, durably, and says so. */
export async function takeDelivery(privateDir: string): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  await putCommand(join(privateDir, 'inbox'), privateDir, SupervisorCommand.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
  process.stdout.write('taken\n');
}
