import { readFile } from 'node:fs/promises';
import { messageOf } from '../workflows/contracts/errors.ts';
import type { InputStream } from './context.ts';
import { usageError } from './environment.ts';

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
