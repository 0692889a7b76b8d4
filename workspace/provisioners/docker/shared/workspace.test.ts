import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openDaemon } from '../client.ts';
import { watchEnd } from './workspace.ts';

const patienceMs = 500;
const open = new Set<() => void>();

afterEach(() => {
  for (const end of open) end();
  open.clear();
});

type Answer = (response: ServerResponse<IncomingMessage>) => void;

/** The watch of a container of a daemon that answers one question after the other so; the last answer repeats. */
async function watch(...answers: Answer[]): Promise<() => Promise<boolean>> {
  let asked = 0;
  const server = createServer((_, response) => answers[Math.min(asked++, answers.length - 1)]?.(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = new AbortController();
  open.add(() => {
    stop.abort();
    server.close();
    server.closeAllConnections();
  });
  const daemon = openDaemon({ host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return watchEnd(daemon, 'x', stop.signal, patienceMs);
}

const breakOff: Answer = (response) => void response.destroy();
const hold: Answer = () => undefined;
const holdFor =
  (ms: number): Answer =>
  (response) =>
    void setTimeout(() => response.destroy(), ms);
const answer =
  (status: number, body: object): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Asks as often as a tail does; what `isOver` comes to in that time. */
async function askFor(ms: number, isOver: () => Promise<boolean>): Promise<boolean> {
  const untilMs = Date.now() + ms;
  while (Date.now() < untilMs) {
    if (await isOver()) return true;
    await sleep(20);
  }
  return false;
}

describe('the watch of a container', () => {
  it.each([
    ['ended', answer(200, { StatusCode: 0 })],
    ['is gone', answer(404, { message: 'No such container: x' })],
  ])('is over when it %s, also after the daemon was away for a moment', async (_, end) => {
    const isOver = await watch(breakOff, end);

    expect(await askFor(5_000, isOver)).toBe(true);
  });

  it('tells that the daemon stays away', async () => {
    const isOver = await watch(breakOff);

    await expect(askFor(5_000, isOver)).rejects.toMatchObject({ code: 'docker-unreachable', kind: 'transient' });
  });

  it('takes a daemon that was there between two outages for none that stayed away', async () => {
    const isOver = await watch(breakOff, holdFor(2 * patienceMs), hold);

    expect(await askFor(5 * patienceMs, isOver)).toBe(false);
  });
});
