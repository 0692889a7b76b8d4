import type { Command } from 'commander';
import type { CliContext, Session } from '../context.ts';
import { openSession } from '../context.ts';
import { usageError } from '../environment.ts';
import { readWords } from '../input.ts';
import { renderTable } from '../render/table.ts';
import { safeLine } from '../render/text.ts';
import { chooseProject } from './project.ts';

interface SecretOptions {
  project?: string;
  file?: string;
}

/** `project secret set|list|remove`: a value comes on stdin or from a file, never as an argument, which others of a machine can read. */
export function addProjectSecretCommands(project: Command, context: CliContext): void {
  const secret = project
    .command('secret')
    .description('what the checks of a project find in their environment; values cannot be read back');
  const withProject = (command: Command) => command.option('-p, --project <name>', 'name or id of the project (default: the only one)');

  withProject(secret.command('set'))
    .description('sets a secret to what comes on stdin or stands in a file; of a single line without the newline at its end')
    .argument('<name>', 'name of the environment variable')
    .option('-f, --file <path>', 'file that holds the value')
    .action(async (name: string, options: SecretOptions, command: Command) => {
      const { session, projectId } = await open(context, command, options);
      if (options.file === undefined && context.stdin.isTTY)
        throw usageError('no value: give it on stdin, or with --file PATH; as an argument others of this machine could read it');
      const value = withoutFinalNewline(await readWords(undefined, options.file, context.stdin, 'value'));
      const set = await (await session.client()).setProjectSecret(projectId, name, value);
      session.data(set);
      session.print(`${safeLine(set.name)} is set: checks that start from now on get it`);
    });

  withProject(secret.command('list'))
    .description('names of the secrets, and who changed them')
    .action(async (options: SecretOptions, command: Command) => {
      const { session, projectId } = await open(context, command, options);
      const secrets = await (await session.client()).listProjectSecrets(projectId);
      session.data(secrets);
      const rows = secrets.map((each) => [safeLine(each.name), safeLine(each.changedBy, 40), new Date(each.changedAtMs).toISOString()]);
      session.print(rows.length === 0 ? 'no secret yet' : renderTable([{ title: 'name' }, { title: 'changed by' }, { title: 'at' }], rows));
    });

  withProject(secret.command('remove'))
    .description('removes a secret: later checks run without it')
    .argument('<name>', 'name of the secret')
    .action(async (name: string, options: SecretOptions, command: Command) => {
      const { session, projectId } = await open(context, command, options);
      session.data(await (await session.client()).removeProjectSecret(projectId, name));
      session.print(`${safeLine(name)} is removed`);
    });
}

async function open(context: CliContext, command: Command, options: SecretOptions): Promise<{ session: Session; projectId: string }> {
  const session = openSession(context, command);
  const { projectId } = await chooseProject(await session.client(), options.project);
  return { session, projectId };
}

/** `echo value |` ends with a newline that nobody means; the last line of a key file has to keep its own. */
function withoutFinalNewline(text: string): string {
  return /^[^\r\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, '') : text;
}
