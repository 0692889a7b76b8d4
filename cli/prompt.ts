import { createInterface } from 'node:readline/promises';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import type { CliContext } from './context.ts';

/** Asks the person at the terminal for one line; DomainError `interrupted` at Ctrl-C and at the end of input. */
export async function ask(context: Pick<CliContext, 'stdin' | 'stdout' | 'signal'>, question: string): Promise<string> {
  const lines = createInterface({
    input: context.stdin as unknown as NodeJS.ReadableStream,
    output: context.stdout as unknown as NodeJS.WritableStream,
  });
  const closed = new AbortController();
  lines.once('SIGINT', () => closed.abort());
  lines.once('close', () => closed.abort());
  try {
    return await lines.question(question, { signal: AbortSignal.any([context.signal, closed.signal]) });
  } catch (error) {
    throw new DomainError('permanent', 'interrupted', `no answer (${messageOf(error)})`, { cause: error });
  } finally {
    lines.close();
  }
}

/** Asks a yes/no question; an empty line means yes. */
export async function confirm(context: Pick<CliContext, 'stdin' | 'stdout' | 'signal'>, question: string): Promise<boolean> {
  const answer = (await ask(context, `${question} [Y/n] `)).trim().toLowerCase();
  return answer === '' || answer === 'y' || answer === 'yes';
}
