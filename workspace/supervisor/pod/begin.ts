import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { launcherFile } from '../launcher/protocol.ts';
import { lookAround } from '../look-around.ts';
import type { Surroundings } from '../look-around.ts';
import { runSupervisor } from '../supervisor.ts';
import type { Answer, Begun } from './answer.ts';
import { takeObjects } from './objects.ts';
import { Welcome, Work } from './welcome.ts';

const lookAgainMs = 200;

/**
 * The life of a supervisor as the first program of a Pod's container: is welcomed on stdin, looks whether everything is refused that
 * must be, answers on stdout, and only then is told its work and lets the agent's containers begin. Ends where it is told none.
 */
export async function beginInPod(): Promise<void> {
  process.once('SIGTERM', () => process.exit(143));
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const welcomed = await lines.next();
  if (welcomed.done === true) throw new Error('nobody welcomed this supervisor on its stdin');
  const { place, launcher, question, patienceMs } = Welcome.parse(JSON.parse(welcomed.value));
  const reach = [...question.reach, ...apiServers()];
  const found = await lookUntilRefused(place, { ...question, reach }, patienceMs);
  await answer({ found } satisfies Answer);
  // Whatever its maker makes of that.
  if (found.reached.length > 0) return;
  const told = await lines.next();
  if (told.done === true) return;
  process.stdin.destroy();
  const { job, runToken, objects } = Work.parse(JSON.parse(told.value));
  await takeObjects(join(place.gitDir, 'objects'), objects);
  writeFileSync(join(place.privateDir, 'job.json'), JSON.stringify(job), { mode: 0o600 });
  mkdirSync(join(place.privateDir, 'inbox'), { recursive: true });
  for (const folder of place.launch ? [place.launch.writing, place.launch.reading] : []) {
    writeFileSync(join(folder, `${launcherFile}.tmp`), launcher, { mode: 0o644 });
    renameSync(join(folder, `${launcherFile}.tmp`), join(folder, launcherFile));
  }
  await runSupervisor({ place, job, runToken, onListening: () => answer({ began: true } satisfies Begun) });
}

function answer(line: Answer | Begun): Promise<unknown> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(line)}\n`, resolve));
}

/** Every container is told by its environment where the API server is. */
function apiServers(): string[] {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  return host && port ? [`${host}:${port}`] : [];
}

async function lookUntilRefused(place: Welcome['place'], question: Welcome['question'], patienceMs: number): Promise<Surroundings> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await lookAround(place, question);
    if (found.reached.length === 0 || Date.now() > deadline) return found;
    await sleep(lookAgainMs);
  }
}
