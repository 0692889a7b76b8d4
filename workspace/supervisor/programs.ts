import { StringDecoder } from 'node:string_decoder';
import type { AgentProcess } from '../executors/agent-process.ts';
import type { AgentSandbox } from './agent-sandbox.ts';
import { exitCodeOf } from '../executors/exit-words.ts';
import { killGroup } from '../executors/kill-group.ts';

export interface ProgramEnd {
  exitCode: number | null;
  timedOut: boolean;
  durationMs: number;
}

/** Runs the project's own commands (setup, checks) in the agent's kind of sandbox. */
export interface Programs {
  /** Never throws for what the command does. Its exit code is null when it did not begin or was ended by us. Output comes as text, both streams in one. */
  run(command: string, options: { timeoutMs: number | null; onText: (text: string) => void }): Promise<ProgramEnd>;
  killAll(): void;
}

export function createPrograms(sandbox: AgentSandbox, onOutput: () => void): Programs {
  const living = new Set<AgentProcess>();
  return {
    async run(command, { timeoutMs, onText }) {
      const startedAt = performance.now();
      const child = sandbox.spawn(['/bin/sh', '-c', command], { readOnlyCheckout: false });
      living.add(child);
      let timedOut = false;
      const timer =
        timeoutMs === null
          ? null
          : setTimeout(() => {
              timedOut = true;
              killGroup(child, 'SIGKILL');
            }, timeoutMs);
      child.stdin.on('error', () => undefined);
      child.stdin.end();
      for (const stream of [child.stdout, child.stderr]) {
        const decoder = new StringDecoder('utf8');
        stream.on('data', (chunk: Buffer) => {
          onOutput();
          const text = decoder.write(chunk);
          if (text) onText(text);
        });
      }
      const exitCode = await new Promise<number | null>((resolve) => {
        child.on('error', () => resolve(null));
        // Whom we killed is no longer among the living.
        child.on('close', (code, signal) => resolve(timedOut || !living.has(child) ? code : exitCodeOf({ code, signal })));
      });
      if (timer) clearTimeout(timer);
      living.delete(child);
      return { exitCode, timedOut, durationMs: Math.round(performance.now() - startedAt) };
    },
    killAll() {
      for (const child of living) killGroup(child, 'SIGKILL');
      living.clear();
    },
  };
}
