import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { execa } from 'execa';
import { isSampleProject } from '../../api/client/sample.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { CliClient, Project } from '../client.ts';
import { type CliContext, openSession } from '../context.ts';
import { usageError } from '../environment.ts';
import { renderTable } from '../render/table.ts';
import { safeLine } from '../render/text.ts';
import { append } from '../input.ts';

interface AddOptions {
  name?: string;
  branch?: string;
  check: string[];
  setup?: string;
  image?: string;
  warm?: number;
  forge: string;
}

/** `project add <repository>` and `project list`; answers `project`, for what belongs below it. */
export function addProjectCommand(program: Command, context: CliContext): Command {
  const project = program.command('project').description('the repositories that requests are about');
  project
    .command('add')
    .description('register a repository: a URL, or a path of this machine')
    .argument('<repository>', 'URL or path')
    .option('--name <name>', 'name of the project (default: that of the repository)')
    .option('--branch <branch>', 'base branch (default: that of the repository)')
    .option('--check <command>', 'a check command, "name=command" or just the command (repeatable)', append, [])
    .option('--forge <name>', 'where its merge requests live', 'local')
    .option('--setup <command>', 'a command that prepares the checkout')
    .option('--image <name>', 'image of its Docker and Kubernetes workspaces (default: that of the installation)')
    .option('--warm <number>', 'how many workspaces each host keeps ready for first runs (default: none)', parseWarm)
    .action(async (repository: string, options: AddOptions, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const isLocal = existsSync(repository);
      const created = await client.createProject({
        name: options.name ?? basename(repository.replace(/\/+$/, '')).replace(/\.git$/, ''),
        repositoryUrl: isLocal ? resolve(repository) : repository,
        repositoryKind: isLocal && !(await isGitRepository(resolve(repository))) ? 'folder' : 'git',
        forge: options.forge,
        defaultBranch: options.branch,
        settings: {
          ...(options.check.length > 0 ? { checks: options.check.map(parseCheck) } : {}),
          ...(options.setup === undefined ? {} : { setup: options.setup }),
          ...(options.image === undefined ? {} : { image: options.image }),
          ...(options.warm === undefined ? {} : { warmWorkspaces: options.warm }),
        },
      });
      session.data(created);
      session.print(`${safeLine(created.name)}  ${created.projectId}`);
    });
  project
    .command('list')
    .description('the registered projects')
    .action(async (_options: unknown, command: Command) => {
      const session = openSession(context, command);
      const projects = await (await session.client()).listProjects();
      session.data(projects);
      session.print(projects.length === 0 ? 'no project yet: astraforge project add <repository>' : projectTable(projects));
    });
  return project;
}

function parseWarm(text: string): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isInteger(count) || count < 0 || count > 5) throw new InvalidArgumentError('a number from 0 to 5');
  return count;
}

/** False for a plain folder: it is imported as one commit and ends in a patch. */
async function isGitRepository(path: string): Promise<boolean> {
  const found = await execa('git', ['-C', path, 'rev-parse', '--git-dir'], {
    reject: false,
    env: { GIT_CEILING_DIRECTORIES: dirname(path) },
  });
  return found.exitCode === 0;
}

/** "name=command" or a bare command, whose first word then names it. DomainError `usage` for an empty one. */
export function parseCheck(text: string): { name: string; command: string } {
  const match = /^([\w.-]+)=(.+)$/s.exec(text.trim());
  const command = (match?.[2] ?? text).trim();
  if (command === '') throw usageError('--check: the command is empty');
  return { name: match?.[1] ?? command.split(/\s+/)[0] ?? command, command };
}

/**
 * The project of that name or id; without one, the only project, where the sample of the start counts only as long as there is no
 * other. DomainError `usage` or `project-not-found` lists the names.
 */
export async function chooseProject(client: Pick<CliClient, 'listProjects'>, wanted: string | undefined): Promise<Project> {
  const projects = await client.listProjects();
  const names = projects.map((project) => project.name).join(', ') || 'none yet: astraforge project add <repository>';
  if (wanted === undefined) {
    const own = projects.filter((project) => !isSampleProject(project));
    const [only, ...others] = own.length === 0 ? projects : own;
    if (only && others.length === 0) return only;
    throw usageError(`choose a project with --project (${names})`);
  }
  const found = projects.find((project) => project.projectId === wanted || project.name === wanted);
  if (found) return found;
  throw new DomainError('permanent', 'project-not-found', `there is no project "${wanted}" (there are: ${names})`, {
    details: { status: 404 },
  });
}

function projectTable(projects: readonly Project[]): string {
  const rows = projects.map((project) => [
    safeLine(project.name, 40),
    project.forge,
    safeLine(project.defaultBranch, 40),
    String(project.settings.checks.length),
    warmOf(project),
    safeLine(project.repositoryUrl, 80),
  ]);
  return renderTable(
    [
      { title: 'name' },
      { title: 'forge' },
      { title: 'branch' },
      { title: 'checks', align: 'right' },
      { title: 'warm', align: 'right' },
      { title: 'repository' },
    ],
    rows,
  );
}

/** How many warm workspaces are ready on all hosts, and how many each host is to keep; nothing where none are wanted. */
function warmOf({ warmReady, settings }: Project): string {
  return settings.warmWorkspaces ? `${warmReady} of ${settings.warmWorkspaces}` : '';
}
