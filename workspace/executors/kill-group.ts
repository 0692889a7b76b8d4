import type { AgentProcess } from './agent-process.ts';

/** Signals a process group whose leader is `child` (it was spawned detached), or what a launcher started; one that is gone is fine. */
export function killGroup(child: AgentProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
