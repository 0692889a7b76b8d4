import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { launcherFile } from '../launcher/protocol.ts';
import { lookAround } from '../look-around.ts';
import type { Surroundings } from '../look-around.ts';
import { runSupervisor } from '../supervisor.ts';
import type { Answer } from './answer.ts';
import { Welcome } from './welcome.ts';

const lookAgainMs = 200;

/**
 * The life of a supervisor as the first program of a Pod's container: is welcomed on stdin, looks whether everything is refused that
 * must be, answers on stdout, and only then lets the agent's containers begin.
 */
export async function beginInPod(): Promise<void> {
  process.once('SIGTERM', () => process.exit(143));
  const { place, launcher, question, patienceMs, work } = Welcome.parse(JSON.parse(await readLine()));
  const reach = [...question.reach, ...apiServers()];
  const found = await lookUntilRefused(place, { ...question, reach }, patienceMs);
  const began = work !== null && found.reached.length === 0;
  if (began) {
    writeFileSync(join(place.privateDir, 'job.json'), JSON.stringify(work.job), { mode: 0o600 });
    mkdirSync(join(place.privateDir, 'inbox'), { recursive: true });
    for (const folder of place.launch ? [place.launch.writing, place.launch.reading] : []) {
      writeFileSync(join(folder, `${launcherFile}.tmp`), launcher, { mode: 0o644 });
      renameSync(join(folder, `${launcherFile}.tmp`), join(folder, launcherFile));
    }
  }
  const answer: Answer = { began, found };
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(answer)}\n`, resolve));
  if (began) await runSupervisor({ place, ...work });
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

async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdin.destroy();
    return line;
  }
  throw new Error('nobody welcomed this supervisor on its stdin');
}
