import { spawn } from 'node:child_process';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { gitEnvironment } from '../git/git-environment.ts';
import { killGroup } from '../git/run-git.ts';

/** An object of a repository as it comes: its bytes in pieces. */
export interface ObjectSink {
  begin(object: { id: string; type: string; path: string }): void;
  piece(bytes: Buffer): void;
}

const format = '%(objectname) %(objecttype) %(objectsize) %(rest)';
const timeoutMs = 10 * 60_000;

/**
 * Reads objects (lines `<id> <path>`, as `git rev-list --objects` writes them) through `git cat-file --batch`, however large, in
 * bounded memory. DomainError `git-failed` when git does not give all of them.
 */
export async function readObjects(options: { gitDir: string; searchPath: string; lines: Buffer; sink: ObjectSink }): Promise<void> {
  const { sink } = options;
  const child = spawn('git', ['cat-file', `--batch=${format}`], {
    cwd: options.gitDir,
    env: gitEnvironment(options.searchPath, [], { GIT_DIR: options.gitDir }),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const failed = new Promise<never>((_, reject) => child.on('error', (cause) => reject(failure(String(cause), cause))));
  failed.catch(() => undefined);
  const timer = setTimeout(() => killGroup(child), timeoutMs);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.lines);
  try {
    const reader = createBatchReader(sink);
    const reading = (async () => {
      for await (const chunk of child.stdout) reader.take(chunk as Buffer);
      const code = await ended;
      if (code !== 0 || !reader.isBetween()) throw failure(`it ended with ${code} before all was read`);
    })();
    await Promise.race([reading, failed]);
  } finally {
    clearTimeout(timer);
    killGroup(child);
  }
}

/** Takes the answer of `git cat-file --batch` apart: a line, as many bytes as it says, a newline. */
export function createBatchReader(sink: ObjectSink): { take(chunk: Buffer): void; isBetween(): boolean } {
  let head = Buffer.alloc(0);
  /** Bytes of the object, and the newline behind it, that are still to come; null: a head is. */
  let left: number | null = null;

  function takeHead(chunk: Buffer): Buffer {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(0x0a);
    if (end === -1) return Buffer.alloc(0);
    const rest = head.subarray(end + 1);
    const [id = '', type = '', size = '', ...path] = head.toString('latin1', 0, end).split(' ');
    head = Buffer.alloc(0);
    if (!/^\d+$/.test(size)) throw failure(`object ${id} is ${type}`);
    left = Number(size) + 1;
    sink.begin({ id, type, path: Buffer.from(path.join(' '), 'latin1').toString('utf8') });
    return rest;
  }

  function takeBody(chunk: Buffer, wanted: number): Buffer {
    const body = chunk.subarray(0, wanted);
    left = wanted - body.length;
    // The last of them is the newline.
    const bytes = left === 0 ? body.subarray(0, -1) : body;
    if (bytes.length > 0) sink.piece(bytes);
    if (left === 0) left = null;
    return chunk.subarray(wanted);
  }

  return {
    take(chunk) {
      for (let rest = chunk; rest.length > 0;) rest = left === null ? takeHead(rest) : takeBody(rest, left);
    },
    isBetween: () => left === null && head.length === 0,
  };
}

function failure(reason: string, cause?: unknown): DomainError {
  return new DomainError('transient', 'git-failed', `git: reading the objects of a change failed: ${reason}; try again`, { cause });
}
