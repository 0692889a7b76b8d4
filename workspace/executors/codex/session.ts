import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { readInside } from '../read-inside.ts';
import { writeInside } from '../write-inside.ts';
import { codexFolder } from './config.ts';
import { ReviewLine, SessionMeta } from './protocol.ts';

const reviewTries = 20;
const threadIdShape = /^[0-9a-zA-Z-]{8,64}$/;

/**
 * Where a stored session belongs inside CODEX_HOME (`sessions/YYYY/MM/DD/rollout-<time>-<threadId>.jsonl`), read from the first
 * line of the file itself. DomainError `session-broken` when that line is not one of Codex's.
 */
export function sessionRelativePath(content: Uint8Array, threadId: string): string {
  const end = content.indexOf(10);
  const first = Buffer.from(content.subarray(0, end === -1 ? content.length : end)).toString('utf8');
  try {
    const at = new Date(SessionMeta.parse(JSON.parse(first)).payload.timestamp).toISOString();
    if (!threadIdShape.test(threadId)) throw new Error('the thread id is not one of Codex');
    const [date = '', time = ''] = at.slice(0, 19).split('T');
    return join('sessions', ...date.split('-'), `rollout-${date}T${time.replaceAll(':', '-')}-${threadId}.jsonl`);
  } catch (error) {
    throw new DomainError('permanent', 'session-broken', 'resume: the stored session is not a Codex session; start without it', {
      cause: error,
    });
  }
}

/** Writes a stored session to its place. */
export async function restoreSession(homeDir: string, session: { threadId: string; content: Uint8Array }): Promise<void> {
  await writeInside(homeDir, join(codexFolder, sessionRelativePath(session.content, session.threadId)), session.content);
}

/**
 * The session file of a thread, newest first; null when Codex wrote none. Looks into the folders of days alone, of which there can only be
 * so many: an agent may lay out others without end, and links that lead round and round.
 */
export async function findSession(homeDir: string, threadId: string): Promise<string | null> {
  for (const year of await foldersOf(join(homeDir, codexFolder, 'sessions'), /^20\d\d$/))
    for (const month of await foldersOf(year, /^[01]\d$/))
      for (const day of await foldersOf(month, /^[0-3]\d$/)) {
        const found = await newestIn(day, `-${threadId}.jsonl`);
        if (found !== null) return found;
      }
  return null;
}

/** Its folders of that name, the last first. */
async function foldersOf(parent: string, name: RegExp): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && name.test(entry.name));
  return folders
    .map((entry) => join(parent, entry.name))
    .sort()
    .reverse();
}

async function newestIn(day: string, suffix: string): Promise<string | null> {
  const names = await readdir(day).catch(() => []);
  const last = names
    .filter((name) => name.endsWith(suffix))
    .sort()
    .at(-1);
  return last === undefined ? null : join(day, last);
}

/**
 * The findings of the thread's last review as Codex gives them, in JSON (`findings`, `overall_correctness`, `overall_explanation`);
 * null when there are none. The line may come a moment after the turn's end.
 */
export async function readReview(homeDir: string, threadId: string): Promise<string | null> {
  for (let tries = 0; tries < reviewTries; tries += 1) {
    const path = await findSession(homeDir, threadId);
    const content = path === null ? null : await readInside(homeDir, path);
    const lines = content ? Buffer.from(content).toString('utf8').split('\n') : [];
    const found = lines.findLast((line) => line.includes('"ExitedReviewMode"'));
    const parsed = found === undefined ? null : parseReview(found);
    if (parsed) return parsed;
    await sleep(50);
  }
  return null;
}

function parseReview(line: string): string | null {
  try {
    return JSON.stringify(ReviewLine.parse(JSON.parse(line)).payload.item.review_output);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
