import type { Command } from 'commander';
import { statePaths } from '../../config/paths.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { createCliClient } from '../api-client.ts';
import { type CliContext, openSession, type OutputStream, type Session } from '../context.ts';
import { ensureSampleProject } from '../demo/sample-project.ts';
import { createStyle, type Style, useColor } from '../render/style.ts';
import { formatDuration, safeLine } from '../render/text.ts';
import type { System } from '../processes/types.ts';

/** Of every command that starts the system. */
export const unsafePlainOption = ['--unsafe-plain', 'run agents without any isolation, where bubblewrap cannot work'] as const;

/** `start`: serves until Ctrl-C. */
export function addStartCommand(program: Command, context: CliContext): void {
  program
    .command('start')
    .description('start the system and serve until Ctrl-C')
    .option(...unsafePlainOption)
    .action(async (_options: unknown, command: Command) => {
      const session = openSession(context, command);
      const human = session.json ? context.stderr : context.stdout;
      const style = createStyle(session.options.color !== false && useColor(human, context.env));
      const system = await bringUp(context, session, human, style);
      try {
        await offerSample(system, human, style);
        human.write(describeLinks(system, style));
        session.data({
          apiUrl: system.apiUrl,
          signInUrl: system.signInUrl,
          temporalUiUrl: system.temporalUiUrl,
          stateDir: system.stateDir,
        });
        await serve(context, system, human);
      } finally {
        await system.stop();
      }
    });
}

/** The sample project is a help for newcomers, never a reason not to serve. */
async function offerSample(system: System, human: OutputStream, style: Style): Promise<void> {
  try {
    const client = createCliClient({ url: system.apiUrl, token: system.token });
    const made = await ensureSampleProject(client, statePaths(system.stateDir).forge);
    if (made) human.write(`${style('dim', 'sample:'.padEnd(10))} the project ${made.name}, to try a prompt on\n`);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    human.write(`${style('dim', 'sample:'.padEnd(10))} not made this time: ${safeLine(error.message, 300)}\n`);
  }
}

/** Starts the system and says how it goes, one line a step. */
export async function bringUp(context: CliContext, session: Session, human: OutputStream, style: Style): Promise<System> {
  const startedAtMs = context.now();
  const { stateDir, unsafePlain } = session.options;
  const system = await context.startSystem({
    extraEnv: { ...(stateDir === undefined ? {} : { STATE_DIR: stateDir }), ...(unsafePlain ? { UNSAFE_PLAIN: 'true' } : {}) },
    signal: context.signal,
    onProgress: ({ process, state, message }) => {
      const mark = state === 'ready' ? style('green', '✓') : state === 'failed' ? style('red', '✗') : style('dim', '·');
      human.write(
        `${mark} ${process.padEnd(9)} ${state === 'ready' ? '' : `${state} `}${style('dim', `${safeLine(message, 200)}${state === 'ready' ? ` · ${formatDuration(context.now() - startedAtMs)}` : ''}`)}\n`,
      );
    },
  });
  human.write(`${style('green', '✓')} up in ${formatDuration(context.now() - startedAtMs)}, state in ${system.stateDir}\n\n`);
  for (const warning of system.warnings) human.write(`${style('red', `warning: ${warning}`)}\n\n`);
  return system;
}

/** Where to look, for people. */
export function describeLinks(system: System, style: Style): string {
  const links: [string, string | null][] = [
    ['sign in', system.signInUrl],
    ['API', `${system.apiUrl}/api/docs`],
    ['Temporal', system.temporalUiUrl],
  ];
  return links.flatMap(([name, url]) => (url === null ? [] : `${style('dim', `${name}:`.padEnd(10))} ${url}\n`)).join('');
}

/** Serves until the system has stopped: by Ctrl-C, or because somebody ended it. */
export async function serve(context: CliContext, system: System, human: OutputStream): Promise<void> {
  human.write('\nserving; Ctrl-C stops it\n');
  const aborted = new Promise<void>((resolve) => {
    if (context.signal.aborted) return resolve();
    context.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([aborted, system.stopped]);
  if (context.signal.aborted) human.write('\nstopping\n');
  await system.stop();
}
