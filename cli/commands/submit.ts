import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { v7 as uuid } from 'uuid';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { type CliContext, type InputStream, openSession } from '../context.ts';
import { usageError } from '../environment.ts';
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

/** Collects a repeatable option. */
export function append(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** A person's words from an argument, a file or stdin, unchanged; DomainError `usage` when there are none or two. */
export async function readWords(argument: string | undefined, file: string | undefined, stdin: InputStream, what: string): Promise<string> {
  if (argument !== undefined && file !== undefined) throw usageError(`give the ${what} as an argument or with --file, not both`);
  if (file !== undefined) return refuseEmpty(await readText(file), what);
  if (argument === '-') return refuseEmpty(await readAll(stdin), what);
  if (argument !== undefined) return refuseEmpty(argument, what);
  if (stdin.isTTY) throw usageError(`no ${what}: give it as an argument, with --file PATH, or on stdin with "-"`);
  return refuseEmpty(await readAll(stdin), what);
}

function refuseEmpty(text: string, what: string): string {
  if (text.trim() === '') throw usageError(`the ${what} is empty`);
  return text;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(`${path} cannot be read: ${messageOf(error)}`);
  }
}

async function readAll(stdin: InputStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
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
