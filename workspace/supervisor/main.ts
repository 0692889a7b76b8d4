import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { Place } from './place.ts';
import { runSupervisor } from './supervisor.ts';

/** `node supervisor.mjs <place.json>`, the run token as the first line of stdin. */
async function main(): Promise<void> {
  const runToken = await readToken();
  if (!runToken) throw new Error('no run token came on stdin');
  const place = Place.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
  const job = SupervisorJob.parse(JSON.parse(readFileSync(join(place.privateDir, 'job.json'), 'utf8')));
  await runSupervisor({ place, job, runToken });
}

async function readToken(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    process.stdin.destroy();
    return line.trim();
  }
  return '';
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`supervisor: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
