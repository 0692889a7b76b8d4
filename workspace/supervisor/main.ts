import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../../workflows/contracts/errors.ts';

// Each program of this one file runs only the modules that it needs: those who watch a Pod start three of them before its first turn.

/** Paths in a Pod are the same for every workspace; only its first program is told them. */
const visits: Record<string, (...args: string[]) => Promise<void>> = {
  '--pod': async () => (await import('./pod/begin.ts')).beginInPod(),
  '--courier': async (doorSocket = '') => (await import('./pod/courier.ts')).carryDoor(doorSocket),
  '--tail': async (privateDir = '', offset = '', maxBytes = '') =>
    (await import('./pod/visit.ts')).printTail(privateDir, Number(offset), Number(maxBytes)),
  '--deliver': async (privateDir = '') => (await import('./pod/visit.ts')).takeDelivery(privateDir),
};

/**
 * `node supervisor.mjs <place.json>`, the run token as the first line of stdin. With `--look <question as JSON>` behind it: says what
 * is around it, as one line of JSON in `look.json` of its private folder, and ends. In a Pod: `--pod`; there and in a container of
 * another machine: what those who watch it run beside (`pod/`).
 */
async function main(): Promise<void> {
  const [placePath = '', option, question = ''] = process.argv.slice(2);
  const visit = visits[placePath];
  if (visit) return visit(...process.argv.slice(3));
  const { Place } = await import('./place.ts');
  const place = Place.parse(JSON.parse(readFileSync(placePath, 'utf8')));
  if (option === '--look') {
    const { LookQuestion, lookAround } = await import('./look-around.ts');
    await mkdir(place.attachmentsDir, { recursive: true });
    const found = await lookAround(place, LookQuestion.parse(JSON.parse(question)));
    writeFileSync(join(place.privateDir, 'look.json'), JSON.stringify(found));
    return;
  }
  const [{ SupervisorJob }, { runSupervisor }] = await Promise.all([
    import('../../workflows/contracts/supervisor.ts'),
    import('./supervisor.ts'),
  ]);
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
