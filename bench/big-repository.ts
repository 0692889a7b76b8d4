import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { git } from '../e2e/harness/repository.ts';

/** Commits that touch one small file each, and bytes that do not compress, spread over them. */
export interface Size {
  commits: number;
  bytes: number;
}

/** Makes a bare repository of a size at `path`, branch `main`, by git fast-import. */
export async function makeBigRepository(path: string, size: Size): Promise<void> {
  await mkdir(path, { recursive: true });
  await git(path, 'init', '--quiet', '--bare', '--initial-branch=main');
  const child = spawn('git', ['fast-import', '--quiet', '--done'], { cwd: path, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  const perCommit = Math.floor(size.bytes / size.commits);
  for (let commit = 1; commit <= size.commits; commit++) {
    const content = randomBytes(perCommit);
    const head = `commit refs/heads/main\ncommitter Bench <bench@localhost> ${1_700_000_000 + commit} +0000\ndata 7\ncommit\n\nM 100644 inline src/${commit % 500}.bin\ndata ${content.length}\n`;
    if (!child.stdin.write(Buffer.concat([Buffer.from(head), content, Buffer.from('\n')]))) await once(child.stdin, 'drain');
  }
  child.stdin.end('done\n');
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`git fast-import ended with code ${code ?? 'none'}`);
}
