import type { Logger } from '../config/logger.ts';

/** Runs one hop on the way to the agent and logs its duration as `hop` and `ms`: what the overhead benchmark prints. */
export async function timedHop<T>(logger: Logger, hop: string, fields: Record<string, unknown>, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    logger.info('hop', { hop, ms: Math.round((performance.now() - startedAt) * 10) / 10, ...fields });
  }
}
