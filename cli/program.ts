import { Command, CommanderError } from 'commander';
import { addCancelCommand, addMergeCommand, addRetryCommand, addWithdrawCommand } from './commands/act.ts';
import { addAnswerCommand } from './commands/answer.ts';
import { addChatCommand } from './commands/chat.ts';
import { addApproveCommand, addRejectCommand } from './commands/decide.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addListCommand } from './commands/list.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addProjectCommand } from './commands/project.ts';
import { addProjectSecretCommands } from './commands/project-secret.ts';
import { addRehydrateCommand } from './commands/rehydrate.ts';
import { addShowCommand } from './commands/show.ts';
import { addStartCommand } from './commands/start.ts';
import { addSubmitCommand } from './commands/submit.ts';
import { addWatchCommand } from './commands/watch.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import { safeText } from './render/text.ts';

const commands = [
  addStartCommand,
  addDemoCommand,
  addSubmitCommand,
  addWatchCommand,
  addShowCommand,
  addListCommand,
  addChatCommand,
  addWithdrawCommand,
  addApproveCommand,
  addRejectCommand,
  addAnswerCommand,
  addDiffCommand,
  addCancelCommand,
  addRetryCommand,
  addMergeCommand,
  addLogsCommand,
  (program: Command, context: CliContext) => addProjectSecretCommands(addProjectCommand(program, context), context),
  addDoctorCommand,
  addRehydrateCommand,
];

/** The whole command line over one context. */
function buildProgram(context: CliContext): Command {
  const program = new Command('astraforge')
    .description('Turns a prompt into an approved, reviewed merge request.')
    .option('--url <url>', 'where the system answers (ASTRAFORGE_URL; default: the one of the state folder)')
    .option('--token <token>', 'token to sign in with (ASTRAFORGE_TOKEN is better: others on this machine can read arguments)')
    .option('--state-dir <path>', 'state folder of the system on this machine (STATE_DIR; default: .astraforge)')
    .option('--json', 'speak JSON on stdout')
    .option('--no-color', 'no colours')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => void context.stdout.write(text), writeErr: (text) => void context.stderr.write(text) })
    .addHelpText('after', '\nExit codes and examples: docs/cli.md')
    .exitOverride();
  for (const add of commands) add(program, context);
  return program;
}

/** Runs one command line (without node and script). Never throws: failures are told on stderr and in the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<void> {
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
  } catch (error) {
    fail(error, args, context);
  }
}

function fail(error: unknown, args: readonly string[], context: CliContext): void {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0 && args.includes('--json'))
      context.stdout.write(`${JSON.stringify({ error: { code: 'usage', message: error.message } })}\n`);
    return context.exit(exitCodeOf(error));
  }
  if (context.signal.aborted) return context.exit(exitCodes.interrupted);

  const code = exitCodeOf(error);
  if (args.includes('--json')) context.stdout.write(`${JSON.stringify({ error: describeFailure(error) })}\n`);
  context.stderr.write(`astraforge: ${safeText(messageOf(error))}\n`);
  context.exit(code);
}

function describeFailure(error: unknown): Record<string, unknown> {
  if (!(error instanceof DomainError)) return { code: 'internal', message: messageOf(error) };
  return { code: error.code, message: error.message, details: error.details };
}
