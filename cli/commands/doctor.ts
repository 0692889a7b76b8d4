import type { Command } from 'commander';
import { type CliContext, openSession } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';

/** `doctor`: what this machine has, what holds, and the mend for what is missing. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('what this machine has, what isolation holds, and how to mend what is missing')
    .action(async (_options: unknown, command: Command) => {
      const session = openSession(context, command);
      const report = await context.runDoctor({
        json: session.json,
        stdout: context.stdout,
        style: session.style,
        stateDir: session.options.stateDir,
      });
      context.exit(report.ok ? exitCodes.ok : exitCodes.failed);
    });
}
