import { join } from 'node:path';
import { startSystem } from '../system.ts';

/**
 * A supervisor of stand-ins as a process of its own, so that tests can kill it: prints the system as one JSON line and serves until
 * SIGTERM. Postgres and Temporal come from the environment.
 */
const folder = import.meta.dirname;
const interrupt = new AbortController();
process.once('SIGTERM', () => interrupt.abort());

const mains = { laptop: join(folder, 'stand-in.ts'), api: join(folder, 'stand-in-api.ts') };
try {
  const system = await startSystem(
    { signal: interrupt.signal, extraEnv: { STAND_IN_SLOW_MS: process.env['STAND_IN_SLOW_MS'] ?? '0' } },
    { mains, processes: ['laptop', 'api'] },
  );
  process.stdout.write(`${JSON.stringify({ apiUrl: system.apiUrl, processes: system.processes })}\n`);
  await system.stopped;
  process.exit(0);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
  process.exit(1);
}
