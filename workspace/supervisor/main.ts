import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { LookQuestion, lookAround } from './look-around.ts';
import { Place } from './place.ts';
import { beginInPod } from './pod/begin.ts';
import { carryDoor } from './pod/courier.ts';
import { printTail, takeDelivery } from './pod/visit.ts';
import { runSupervisor } from './supervisor.ts';

/** Paths in a Pod are the same for every workspace; only its first program is told them. */
const visits: Record<string, (...args: string[]) => Promise<void>> = {
  '--pod': beginInPod,
  '--courier': (doorSocket = '') => carryDoor(doorSocket),
  '--tail': (privateDir = '', offset = '', maxBytes = '') => printTail(privateDir, Number(offset), Number(maxBytes)),
  '--deliver': (privateDir = '') => takeDelivery(privateDir),
};

/**
 * `node supervisor.mjs <place.json>`, the run token as the first line of stdin. With `--look <question as JSON>` behind it: says what
 * is around it, as one line of JSON in `look.json` of its private folder, and ends. In a Pod: `--pod`, and what those who watch it run beside (`pod/`).
 */
async function main(): Promise<void> {
  const [placePath = '', option, question = ''] = process.argv.slice(2);
  const visit = visits[placePath];
  if (visit) return visit(...process.argv.slice(3));
  const place = Place.parse(JSON.parse(readFileSync(placePath, 'utf8')));
  if (option === '--look') {
    await mkdir(place.attachmentsDir, { recursive: true });
    const found = await lookAround(place, LookQuestion.parse(JSON.parse(question)));
    writeFileSync(join(place.privateDir, 'look.json'), JSON.stringify(found));
    return;
  }
  const runToken = await readToken();
  if (!runToken) throw new Error('no run token came on stdin');
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
