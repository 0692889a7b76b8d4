import { constants } from 'node:os';

/** How a process ended, as Node tells it. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

/**
 * The exit code that a shell gives: 128 and the signal's number for a process that a signal ended. Null when it never began. Pure.
 */
export function exitCodeOf({ code, signal }: Exit): number | null {
  if (code !== null || signal === null) return code;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? null : 128 + number;
}

/** `was ended by SIGSEGV`, `exited with code 3`. A sandbox hands a signal on as 128 and its number. Pure. */
export function exitWords(exit: Exit): string {
  const code = exitCodeOf(exit);
  const signal = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
  return signal === undefined ? `exited with code ${code ?? 'unknown'}` : `was ended by ${signal}`;
}
