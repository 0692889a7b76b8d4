import Docker from 'dockerode';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answerMsOf, withDeadlines } from './deadline.ts';

const never = Number.POSITIVE_INFINITY;
const open = new Set<() => void>();

afterEach(() => {
  for (const end of open) end();
  open.clear();
});

/** A daemon that does one thing with each connection. */
async function daemonThat(answers: (socket: Socket) => void): Promise<Docker> {
  const server = createServer((socket) => {
    open.add(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', () => answers(socket));
  });
  open.add(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Docker({ protocol: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port });
}

const breakOff = (socket: Socket): void => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Id":');

describe('answerMsOf', () => {
  it.each([
    ['a question', { method: 'GET', path: '/containers/x/json' }, 30_000],
    ['a change', { method: 'POST', path: '/containers/x/start' }, 180_000],
    ['a removal', { method: 'DELETE', path: '/containers/x?' }, 180_000],
    ['a connection', { method: 'POST', path: '/exec/x/start', isStream: true, hijack: true }, 30_000],
    ['an image that is pulled', { method: 'POST', path: '/images/create?', isStream: true }, never],
    ['an archive', { method: 'PUT', path: '/containers/x/archive?' }, never],
    ['an end that is waited for', { method: 'POST', path: '/containers/x/wait?' }, never],
  ])('%s', (_, call, ms) => {
    expect(answerMsOf(call)).toBe(ms);
  });
});

describe('withDeadlines', () => {
  it.each([
    ['that never answers', () => undefined],
    ['whose answer breaks off', breakOff],
  ])('gives up a daemon %s', async (_, answers) => {
    const docker = withDeadlines(await daemonThat(answers), 100);

    await expect(docker.getContainer('x').inspect()).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it('settles a call whose answer broke off when its own signal aborts', async () => {
    const docker = withDeadlines(await daemonThat(breakOff));

    const waiting = docker.getContainer('x').wait({ condition: 'not-running', abortSignal: AbortSignal.timeout(300) });

    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it('leaves an answer as it is', async () => {
    const docker = withDeadlines(
      await daemonThat((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"Id":"a"}')),
      5_000,
    );

    expect(await docker.getContainer('x').inspect()).toEqual({ Id: 'a' });
  });
});
