import { StringDecoder } from 'node:string_decoder';
import type { AgentProcess } from '../executors/agent-process.ts';
import type { AgentSandbox } from './agent-sandbox.ts';
import { exitCodeOf } from '../executors/exit-words.ts';
import { killGroup } from '../executors/kill-group.ts';
import { createMaskStream, type Masks } from '../../config/secret-mask.ts';

export interface ProgramEnd {
  exitCode: number | null;
  timedOut: boolean;
  durationMs: number;
}

export interface ProgramOptions {
  timeoutMs: number | null;
  /** Variables of this program alone. */
  env?: Record<string, string>;
  /** What `onText` must not show. */
  masks?: Masks;
  onText: (text: string) => void;
}

/** Runs the project's own commands (setup, checks) in the agent's kind of sandbox. */
export interface Programs {
  /** Never throws for what the command does. Its exit code is null when it did not begin or was ended by us. Output comes as text, both streams in one. */
  run(command: string, options: ProgramOptions): Promise<ProgramEnd>;
  killAll(): void;
}

export function createPrograms(sandbox: AgentSandbox, onOutput: () => void): Programs {
  const living = new Set<AgentProcess>();
  return {
    async run(command, { timeoutMs, env, masks = new Map(), onText }) {
      const startedAt = performance.now();
      const child = sandbox.spawn(['/bin/sh', '-c', command], { readOnlyCheckout: false, ...(env ? { env } : {}) });
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
      const output = createMaskedOutput(masks, onText);
      for (const stream of [child.stdout, child.stderr]) {
        const decoder = new StringDecoder('utf8');
        const take = output.input();
        stream.on('data', (chunk: Buffer) => {
          onOutput();
          take(decoder.write(chunk));
        });
      }
      const exitCode = await new Promise<number | null>((resolve) => {
        child.on('error', () => resolve(null));
        // Whom we killed is no longer among the living.
        child.on('close', (code, signal) => resolve(timedOut || !living.has(child) ? code : exitCodeOf({ code, signal })));
      });
      output.end();
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

/** Joins streams into one text without secrets: neither split within a stream, nor put together from both. */
function createMaskedOutput(masks: Masks, onText: (text: string) => void): { input(): (text: string) => void; end(): void } {
  const joined = createMaskStream(masks);
  const inputs: ReturnType<typeof createMaskStream>[] = [];
  const show = (text: string): void => {
    if (text) onText(text);
  };
  return {
    input() {
      const stream = createMaskStream(masks);
      inputs.push(stream);
      return (text) => show(joined.write(stream.write(text)));
    },
    end() {
      for (const stream of inputs) show(joined.write(stream.end()));
      show(joined.end());
    },
  };
}
