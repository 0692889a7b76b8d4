import { z } from 'zod';
import { createLogger } from '../../config/logger.ts';
import { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import { createLocalProvisioner } from '../provisioners/local/index.ts';

const Input = z.object({
  settings: z.object({ workspacesDir: z.string(), cacheDir: z.string(), doorSocket: z.string(), unsafePlain: z.boolean().optional() }),
  workspaceId: z.string(),
  offset: z.number(),
  turn: SupervisorCommand,
});

/** A second process for the contract suite: adopts a workspace, delivers a turn, prints every line from an offset to that turn's end. */
async function main(): Promise<void> {
  const input = Input.parse(JSON.parse(process.argv[2] ?? ''));
  const provisioner = createLocalProvisioner({ ...input.settings, logger: createLogger('attach', { silent: true }) });
  const workspace = await provisioner.adopt(input.workspaceId);
  if (!workspace) throw new Error('there is no such workspace');
  await workspace.deliver(input.turn);
  let ends = 0;
  for await (const { lines } of workspace.tail(input.offset, AbortSignal.timeout(30_000))) {
    for (const line of lines) {
      process.stdout.write(`${line}\n`);
      if (line.includes('"type":"turn.completed"') && (ends += 1) === 2) return;
    }
  }
}

await main();
process.exit(0);
