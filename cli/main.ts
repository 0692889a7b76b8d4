import { loadConfig, processEnvironment } from '../config/env.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { createCliClient } from './api-client.ts';
import type { CliContext } from './context.ts';
import { findAddress, readCliEnvironment } from './environment.ts';
import { exitCodeOf } from './exit-codes.ts';
import { runCli } from './program.ts';
import { safeLine } from './render/text.ts';

/** Composition root of the command line. */
async function main(): Promise<void> {
  const interrupt = new AbortController();
  const env = readCliEnvironment(processEnvironment());
  const context: CliContext = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env,
    signal: interrupt.signal,
    now: () => Date.now(),
    connect: async (options) => createCliClient(await findAddress(options, env), warn),
    exit: (code) => {
      process.exitCode = code;
    },
    // Loaded when needed: most commands only speak to the API.
    startSystem: async (options) => (await import('./processes/system.ts')).startSystem(options),
    systemConfig: () => loadConfig(),
    runDoctor: async (options) => (await import('./doctor/doctor.ts')).runDoctor(options),
  };
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  process.stdout.on('error', endQuietly);
  await runCli(process.argv.slice(2), context);
}

function warn(warning: string): void {
  process.stderr.write(`warning: ${safeLine(warning, 400)}\n`);
}

/** A reader that went away (`astraforge logs … | head`) is no failure. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`astraforge: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
