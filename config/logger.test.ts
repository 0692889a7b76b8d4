import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { createLogger } from './logger.ts';

async function linesOf(write: (logger: ReturnType<typeof createLogger>) => void, level: 'debug' | 'info' = 'info'): Promise<unknown[]> {
  const stream = new PassThrough();
  write(createLogger('worker', { level, stream }));
  await new Promise((resolve) => setImmediate(resolve));
  const text = String(stream.read() ?? '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

describe('createLogger', () => {
  it('writes one JSON line with process, level, message and fields', async () => {
    const lines = await linesOf((logger) => logger.info('run started', { runId: 'r1' }));

    expect(lines).toEqual([{ timestamp: expect.any(String), level: 'info', process: 'worker', message: 'run started', runId: 'r1' }]);
  });

  it('masks secrets in message and fields', async () => {
    const lines = await linesOf((logger) =>
      logger.error('push to https://u:p@h.example', { argv: ['-c', 'Authorization: Bearer abcdefgh12345'], password: 'x' }),
    );

    expect(lines).toEqual([
      expect.objectContaining({
        message: 'push to https://[redacted]@h.example',
        argv: ['-c', 'Authorization: Bearer [redacted]'],
        password: '[redacted]',
      }),
    ]);
  });

  it('keeps the fields of a child and drops what is less severe than the level', async () => {
    const lines = await linesOf((logger) => {
      const child = logger.child({ runId: 'r2' });
      child.debug('details');
      child.warn('slow', { error: new Error('late') });
    });

    expect(lines).toEqual([expect.objectContaining({ level: 'warn', runId: 'r2', error: expect.objectContaining({ message: 'late' }) })]);
  });

  it('tells an error whole that has a message of its own', async () => {
    const lines = await linesOf((logger) => logger.error('step failed', { message: 'inner', level: 'odd' }));

    expect(lines).toHaveLength(1);
  });
});
