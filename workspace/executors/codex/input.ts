import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AgentInput } from '../port.ts';
import { writeInside } from '../write-inside.ts';

/** Codex refuses a turn whose texts are longer together ("Input exceeds the maximum length of 1048576 characters"). */
const maxChars = 1_048_576;

/** An item as app-server takes it: images as such, other files by their path. */
export function toUserInput(item: AgentInput): object {
  if (item.type === 'text') return { type: 'text', text: item.text, text_elements: [] };
  if (/^image\/(png|jpeg|gif|webp)$/.test(item.mediaType)) return { type: 'localImage', path: item.path };
  return { type: 'text', text: `Attached file "${item.name}" (${item.mediaType}): ${item.path}`, text_elements: [] };
}

/** Input that Codex takes: where it is too long, the longest text lies in a file of the agent's home, and its place says so. */
export async function fitInput(input: readonly AgentInput[], homeDir: string, messageId: string): Promise<AgentInput[]> {
  const texts = input.filter((item) => item.type === 'text').map(({ text }) => text);
  // Characters are code points to Codex; counting code units errs on the safe side.
  if (texts.reduce((sum, text) => sum + text.length, 0) <= maxChars) return [...input];
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a));
  const name = join('messages', `${createHash('sha256').update(messageId).digest('hex').slice(0, 16)}.md`);
  await writeInside(homeDir, name, longest);
  const path = join(homeDir, name);
  const pointer = `The message is too long to be shown here. It lies whole in the file ${path}: read it all, then do what it says.`;
  return input.map((item) => (item.type === 'text' && item.text === longest ? { type: 'text', text: pointer } : item));
}
