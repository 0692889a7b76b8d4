import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../config/logger.ts';
import type { RunLog } from '../../db/run-log/port.ts';
import type { LogEvent } from '../../workflows/contracts/events.ts';
import { StreamHub } from '../streams/hub.ts';
import { awaitDisposition } from './disposition.ts';

const of = { tenantId: 't', requestId: 'r', messageId: 'm1', afterSeq: 0 };

function hubOver(read: () => Promise<LogEvent[]>): StreamHub {
  return new StreamHub({ runLog: { read } as unknown as RunLog, logger: createLogger('test', { silent: true }) });
}

describe('awaitDisposition', () => {
  it('leaves nobody listening when the log is read after the wait', async () => {
    let answer: (events: LogEvent[]) => void = () => undefined;
    const hub = hubOver(() => new Promise((resolve) => (answer = resolve)));

    const disposition = await awaitDisposition({ hub }, of, 1);
    answer([]);
    await new Promise((resolve) => setImmediate(resolve));

    expect(disposition).toBe('accepted');
    expect(hub.topicCount).toBe(0);
  });

  it('knows no more than that the message was accepted when the log cannot be read', async () => {
    const hub = hubOver(() => Promise.reject(new Error('the database is away')));

    const disposition = await awaitDisposition({ hub }, of, 60_000);

    expect(disposition).toBe('accepted');
  });
});
