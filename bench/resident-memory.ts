import { readFile } from 'node:fs/promises';

/** Resident memory of a process by the kernel, KiB; 0 once it has ended. */
export async function rssKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
