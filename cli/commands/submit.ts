import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { v7 as uuid } from 'uuid';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { type CliContext, openSession } from '../context.ts';
import { usageError } from '../environment.ts';
import { append, readWords } from '../input.ts';
import { chooseProject } from './project.ts';
import { untilOption, watchRequest } from './watch.ts';

interface SubmitOptions {
  project?: string;
  file?: string;
  attach: string[];
  executor?: string;
  model?: string;
  effort?: string;
  plan?: boolean;
  key?: string;
  watch: boolean;
  until: 'closed' | 'waiting';
}

/** `submit <prompt>`: a new request; the prompt as argument, from a file, or from stdin (`-`). */
export function addSubmitCommand(program: Command, context: CliContext): void {
  program
    .command('submit')
    .description('submit a prompt as a new request')
    .argument('[prompt]', 'what to do; "-" reads it from stdin, "--" goes before one that begins with "-"')
    .option('-p, --project <name>', 'project name or id (not needed when there is only one)')
    .option('-f, --file <path>', 'read the prompt from a file')
    .option('-a, --attach <path>', 'attach a file (repeatable)', append, [])
    .option('--executor <name>', 'agent that works on it: codex or command')
    .option('--model <name>', 'model, one of the allowed')
    .option('--effort <level>', 'reasoning effort')
    .option('--plan', 'ask for a plan first, with its own approval')
    .option('--key <key>', 'idempotency key: the same key never submits twice')
    .option('-w, --watch', 'follow it live', false)
    .addOption(untilOption())
    .action(async (prompt: string | undefined, options: SubmitOptions, command: Command) => {
      const session = openSession(context, command);
      const text = await readWords(prompt, options.file, context.stdin, 'prompt');
      const files = await Promise.all(options.attach.map(readAttachment));
      const client = await session.client();
      const project = await chooseProject(client, options.project);
      const submitted = await client.submit({
        project: project.projectId,
        prompt: text,
        files,
        executor: options.executor,
        model: options.model,
        effort: options.effort,
        planFirst: options.plan,
        idempotencyKey: options.key ?? uuid(),
      });
      session.data(submitted);
      if (!options.watch) {
        session.print(submitted.requestId);
        if (!session.json) session.hint(`follow it with: astraforge watch ${submitted.requestId}`);
        return;
      }
      await watchRequest(context, session, submitted.requestId, { after: 0, until: options.until, output: false });
    });
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
};

async function readAttachment(path: string): Promise<{ name: string; mediaType: string; bytes: Uint8Array<ArrayBuffer> }> {
  try {
    const bytes = new Uint8Array(await readFile(path));
    return {
      name: basename(path),
      mediaType: mediaTypes[extname(path).toLowerCase()] ?? 'text/plain',
      bytes,
    };
  } catch (error) {
    throw usageError(`--attach ${path} cannot be read: ${messageOf(error)}`);
  }
}
