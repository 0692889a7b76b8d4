import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { dockerFailure, openDaemon, requireAnswer, statusOf } from './client.ts';

describe('openDaemon', () => {
  it('takes the socket of DOCKER_HOST, else the usual one', () => {
    expect(openDaemon('unix:///run/user/1000/docker.sock').socketPath).toBe('/run/user/1000/docker.sock');
    expect(openDaemon(undefined).socketPath).toBe('/var/run/docker.sock');
  });

  it.each(['tcp://10.0.0.1:2376', 'ssh://me@host', 'unix://docker.sock'])('refuses %s with what to set instead', (host) => {
    expect(() => openDaemon(host)).toThrow(
      expect.objectContaining({ code: 'docker-host', message: expect.stringContaining('unix:///path') }),
    );
  });
});

describe('requireAnswer', () => {
  it('names the socket where no daemon listens, and what to do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'af-no-docker-'));
    const socketPath = join(folder, 'docker.sock');

    await expect(requireAnswer(openDaemon(`unix://${socketPath}`))).rejects.toMatchObject({
      code: 'docker-unreachable',
      kind: 'transient',
      message: expect.stringContaining(`${socketPath} does not answer; start it`),
    });
    rmSync(folder, { recursive: true });
  });
});

describe('dockerFailure', () => {
  const said = (message: string, more: object = {}) => Object.assign(new Error(message), more);

  it.each<[string, Error, string, RegExp]>([
    ['a socket that is not ours', said('connect EACCES', { code: 'EACCES' }), 'docker-forbidden', /join the group docker/],
    ['a daemon that went away', said('socket hang up', { code: 'ECONNRESET' }), 'docker-unreachable', /start it/],
    ['a full disk', said('(HTTP code 500) write /x: no space left on device', { statusCode: 500 }), 'docker-disk-full', /free space/],
    ['an image that is gone', said('(HTTP code 404) No such image: a:1', { statusCode: 404 }), 'docker-image', /makes it again/],
    [
      'an image without a program',
      said('(HTTP code 400) exec: "/opt/astraforge/bin/node": stat: no such file or directory', { statusCode: 400 }),
      'docker-image',
      /lacks a program/,
    ],
    ['anything else', said('(HTTP code 500) boom', { statusCode: 500 }), 'docker', /refused: .*boom/],
  ])('tells %s', (_, error, code, words) => {
    const failure = dockerFailure('workspace', error, '/run/docker.sock');

    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(failure.message).toMatch(/^workspace: /);
  });

  it('leaves what was told already as it is', () => {
    const told = new DomainError('permanent', 'isolation', 'workspace: no');

    expect(dockerFailure('watch', told, '/run/docker.sock')).toBe(told);
  });
});

describe('statusOf', () => {
  it('is null where nobody answered', () => {
    expect(statusOf(new Error('x'))).toBeNull();
    expect(statusOf(Object.assign(new Error('x'), { statusCode: 404 }))).toBe(404);
  });
});
